"""People behind pgbouncer in transaction mode, and what another client of it sees."""

import threading
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import psycopg

from tests.ops.gunicorn import running
from tests.violence.actors import Troupe
from tests.violence.cluster import Cluster
from tests.violence.pgbouncer import pgbouncer
from tests.violence.rows import connected

# A value that Passline never sets.
_DEFAULT = "ALTER DATABASE pooled SET synchronous_commit = local"


class Pooled(NamedTuple):
    """What people were answered, and each value that the other client has seen."""

    statuses: Counter[int]
    seen: Counter[str]
    a_second: float

    def __str__(self) -> str:
        return (
            f"pgbouncer: {dict(self.statuses)}, {self.a_second:.0f} a second;"
            f" another client saw synchronous_commit {dict(self.seen)}"
        )


def run(own: Cluster, folder: Path, *, seconds: float) -> Pooled:
    """Register and sign in through a pool of three connections, from two workers."""
    url = own.database("pooled")
    with connected(url) as other:
        other.execute(_DEFAULT)
    with pgbouncer(own, size=3) as port:
        pooled = url.replace(f":{own.port}/", f":{port}/")
        settings = {"DATABASE_URL": pooled, "DATABASE_POOLER": "on", "REGISTRATION": "open"}
        direct = {"DATABASE_DIRECT_URL": url, "MAX_PASSKEYS_PER_USER": 500}
        with running(folder, workers=2, **settings, **direct) as server:
            troupe, seen, stop = Troupe(server.port, many=6), Counter[str](), threading.Event()
            watcher = threading.Thread(target=_watch, args=(pooled, seen, stop))
            watcher.start()
            begun = time.monotonic()
            try:
                with troupe:
                    time.sleep(seconds)
            finally:
                took = time.monotonic() - begun
                stop.set()
                watcher.join()
        statuses = Counter(status for _, _, status in troupe.statuses())
        return Pooled(statuses, seen, sum(statuses.values()) / took)


def _watch(url: str, seen: Counter[str], stop: threading.Event) -> None:
    """Ask for the setting, as another application would that shares the pool."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        while not stop.is_set():
            row = connection.execute("SHOW synchronous_commit").fetchone()
            assert row is not None
            seen[row[0]] += 1
            time.sleep(0.002)
