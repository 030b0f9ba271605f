"""A standby takes over: behind a proxy, or named in the URL beside the primary."""

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.ops.gunicorn import running
from tests.violence import workers
from tests.violence.actors import Actor, Troupe, ask
from tests.violence.cluster import Cluster, cluster
from tests.violence.relay import relay
from tests.violence.rows import query
from tests.violence.waiting import OPTIONS, asking


@contextlib.contextmanager
def two_nodes() -> Iterator[tuple[Cluster, Cluster]]:
    """Run a primary, and a standby that follows it."""
    with cluster() as primary, cluster(primary=primary) as standby:
        yield primary, standby


def wait_until_followed(primary: Cluster) -> None:
    """Wait until the standby has what the primary has."""
    behind = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()"
    for _ in range(100):
        if query(primary.url(), behind) == [(1,)]:
            return
        time.sleep(0.05)
    raise AssertionError("the standby does not follow")


class Demoted(NamedTuple):
    """What was answered while the proxy led to the old primary, and afterwards."""

    meanwhile: dict[str, int]
    reasons: list[str]
    statuses: Counter[int]  # once it led to the new primary
    recovered: float  # seconds until the first 200

    def __str__(self) -> str:
        return (
            f"demoted: {self.meanwhile}, {self.reasons}; 200 after {self.recovered:.2f} s"
            f" of the proxy's change, then {dict(self.statuses)}"
        )


def demoted(folder: Path) -> Demoted:
    """Make the primary a standby. The proxy changes late, and keeps connections."""
    with two_nodes() as (old, new), relay(old.port) as proxy:
        url = old.url().replace(f":{old.port}/", f":{proxy.port}/")
        with running(folder, DATABASE_URL=url) as server:
            ada = Actor(server.port, "ada", first=True)
            wait_until_followed(old)
            old.control("stop", "-m", "fast")
            new.control("promote")
            old.follow()
            ready = server.client().call("GET", "/readyz")
            paths = {"begins": OPTIONS, "lists": "/account/api/passkeys"}
            meanwhile = {name: ask(ada.client, "GET", path)[0] for name, path in paths.items()}
            proxy.target, changed, begin = new.port, time.monotonic(), asking(server, OPTIONS)
            statuses = Counter([begin()])
            while 200 not in statuses:
                statuses[begin()] += 1
            recovered = time.monotonic() - changed
            statuses += Counter(begin() for _ in range(20))
            assert asking(server, "/readyz")() == 200
            ready_then = {"ready": ready.status, **meanwhile}
            return Demoted(ready_then, ready.body["reasons"], statuses, recovered)


class Promoted(NamedTuple):
    """How people noticed that the primary was killed and the standby promoted."""

    statuses: Counter[int]
    recovered: float  # seconds from the end of the promotion to the first 200

    def __str__(self) -> str:
        counted = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return f"promoted: {counted}; first 200 {self.recovered:.2f} s after the promotion"


def promotion(folder: Path) -> Promoted:
    """Kill the primary under load, and promote the standby, which the URL names too."""
    with two_nodes() as (old, new):
        hosts = f"127.0.0.1:{old.port},127.0.0.1:{new.port}"
        url = f"postgresql://{hosts}/postgres?user=postgres&target_session_attrs=read-write"
        settings = {"DATABASE_URL": url, "REGISTRATION": "open"}
        with running(folder, workers=2, **settings) as server:
            troupe, before = Troupe(server.port, many=4), workers.pids(server)
            wait_until_followed(old)
            with troupe:
                time.sleep(0.5)
                old.control("stop", "-m", "immediate")
                time.sleep(0.5)
                new.control("promote")
                promoted = time.monotonic()
                time.sleep(1.5)
            assert workers.pids(server) == before, "a worker was replaced"
        answers = troupe.statuses()
        first = min(at for at, _, status in answers if status == 200 and at > promoted)
        return Promoted(Counter(status for _, _, status in answers), first - promoted)
