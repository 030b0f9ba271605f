"""A synchronous standby of a PostgreSQL server of our own, which can take over."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.live import free_port
from tests.violence.cluster import Cluster, cluster
from tests.violence.rows import connected, query

# What is not made durable stays in memory for so long, unless something else writes.
SLOWLY = {"wal_writer_delay": "10s", "synchronous_standby_names": "standby"}


class Standby(Cluster):
    """A copy of the primary that follows it."""

    def __init__(self, folder: Path, primary: Cluster) -> None:
        self.folder, self.port, self._user = folder, free_port(), primary._user
        self.give(folder)
        source = f"host=127.0.0.1 port={primary.port} user=postgres application_name=standby"
        self._run("pg_basebackup", "-D", "data", "-R", "-c", "fast", "-d", source)
        with (folder / "data/postgresql.conf").open("a") as conf:
            # A promoted standby has none of its own to wait for.
            conf.write(f"port = {self.port}\nsynchronous_standby_names = ''\n")
        self.control("start")

    def received(self) -> None:
        """Wait until everything shows that has arrived by now.

        That is what the standby would have if it took over at this moment.
        """
        [(arrived,)] = query(self.url(), "SELECT pg_last_wal_receive_lsn()")
        shows = f"SELECT pg_last_wal_replay_lsn() >= '{arrived}'"
        for _ in range(500):
            if query(self.url(), shows) == [(True,)]:
                return
            time.sleep(0.01)
        raise AssertionError("the standby does not follow")


class Pair:
    """A primary whose durable commits wait for its standby."""

    def __init__(self, primary: Cluster, standby: Standby) -> None:
        self.primary, self.standby = primary, standby
        with connected(primary.url()) as connection:
            for name, value in SLOWLY.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            connection.execute("SELECT pg_reload_conf()")
        self.wait_for(primary, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")

    def wait_for(self, server: Cluster, sql: str) -> None:
        """Wait until the query returns 1."""
        for _ in range(200):
            if query(server.url(), sql) == [(1,)]:
                return
            time.sleep(0.05)
        raise AssertionError(f"never: {sql}")

    def catch_up(self) -> None:
        """Make the standby receive all that the primary has committed."""
        with connected(self.primary.url()) as connection:
            connection.execute("SET synchronous_commit = on")
            connection.execute("SELECT pg_logical_emit_message(true, 'test', 'here')")
        self.standby.received()

    def url(self, name: str = "postgres") -> str:
        """Return the URL of whichever server is the primary."""
        hosts = f"127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}"
        return f"postgresql://{hosts}/{name}?user=postgres&target_session_attrs=read-write"

    def fail_over(self) -> None:
        """Crash the primary, and let the standby take over."""
        self.primary.control("stop", "-m", "immediate")
        self.standby.control("promote")

    def taken_over(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what the standby would answer if it took over now."""
        self.standby.received()
        return query(self.standby.url(), sql)


@contextlib.contextmanager
def pair() -> Iterator[Pair]:
    """Run both for as long as the `with` block lasts."""
    with cluster() as primary:
        folder = Path(tempfile.mkdtemp(prefix="passline-standby-"))
        try:
            standby = Standby(folder, primary)
            try:
                yield Pair(primary, standby)
            finally:
                standby.control("stop", "-m", "immediate")
                with contextlib.suppress(AssertionError):  # cluster() stops it
                    primary.control("start")
        finally:
            shutil.rmtree(folder)
