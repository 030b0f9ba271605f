"""Restart PostgreSQL, politely and not, while people register passkeys and sign in."""

import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tests.ops.gunicorn import running
from tests.violence import workers
from tests.violence.actors import Troupe
from tests.violence.cluster import Cluster
from tests.violence.rows import query

AWAY = 1.0  # seconds from the stop to the start


class Outage(NamedTuple):
    """How people noticed one restart."""

    mode: str
    statuses: Counter[int]
    seconds: float  # from the first answer that was not 200 to the last one
    longest: float  # without any answer of 200

    def __str__(self) -> str:
        counted = sorted(self.statuses.items())
        statuses = ", ".join(f"{status}: {count}" for status, count in counted)
        times = f"not all 200 for {self.seconds:.2f} s, none for {self.longest:.2f} s"
        return f"{self.mode}: {statuses}; {times}"


def run(cluster: Cluster, folder: Path, *, modes: list[str]) -> list[Outage]:
    """Restart in each of these ways; assert that everything is as it has to be."""
    settings = {"DATABASE_URL": cluster.url(), "REGISTRATION": "open", "MAX_PASSKEYS_PER_USER": 500}
    with running(folder, workers=2, **settings) as server:
        troupe, begun = Troupe(server.port, many=6), list[float]()
        before = workers.pids(server)
        assert len(before) == 2
        with troupe:
            for mode in modes:
                time.sleep(1)
                begun.append(time.monotonic())
                cluster.control("stop", "-m", mode)
                time.sleep(AWAY)
                cluster.control("start")
            time.sleep(2)
            begun.append(time.monotonic())
        assert workers.pids(server) == before, "a worker was replaced"
        stored = {name for (name,) in query(cluster.url(), "SELECT name FROM passkeys")}
        for each in troupe.attempts():
            if each.kind == "registration" and each.status == 200:
                assert each.label in stored, f"{each.label} is lost"
        return [outage(mode, troupe, *begun[n : n + 2]) for n, mode in enumerate(modes)]


def outage(mode: str, troupe: Troupe, begun: float, end: float) -> Outage:
    """Return what the answers between these times say of the restart."""
    answers = [(at, status) for at, _, status in troupe.statuses() if begun <= at < end]
    bad = [at for at, status in answers if status != 200]
    good = [begun, *(at for at, status in answers if status == 200)]
    longest = max((later - earlier for earlier, later in pairwise(good)), default=end - begun)
    statuses = Counter(status for _, status in answers)
    return Outage(mode, statuses, bad[-1] - bad[0] if bad else 0.0, longest)
