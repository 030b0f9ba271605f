"""PostgreSQL: a pool that survives a restart of the server, and other differences."""

import contextlib
import select
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from peewee import SQL, Delete, IntegrityError, InternalError, OperationalError, Select
from playhouse.pool import PooledPostgresqlDatabase

# How libpq handles a silent server, in seconds, unless the URL sets it.
_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}

_MOST = 8  # connections per process: four threads, housekeeping, and some to spare

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%s::text[]) name"

# Holds for what changes a row: its commit waits for the standby, where there is one. A
# server without one commits as the connection does. It is asked at every row, so that a
# new configuration counts at once.
_REPLICATED = """set_config('synchronous_commit', CASE
    WHEN current_setting('synchronous_standby_names') = ''
    THEN current_setting('synchronous_commit') ELSE 'on' END, true) IS NOT NULL"""


class Postgresql(PooledPostgresqlDatabase):  # type: ignore[misc]  # playhouse has no types
    """A pool that tests idle connections without a round trip.

    So no request fails because the server was restarted.
    """

    driver: str | None = "psycopg"
    file: Path | None = None  # the server has its own files
    turn = contextlib.nullcontext()  # writers only wait for rows

    @classmethod
    def at(cls, url: str) -> Self:
        """Return the pool for the server at `url`, without connecting yet."""
        patience = {name: seconds for name, seconds in _PATIENCE.items() if name not in url}
        return cls(url, max_connections=_MOST, timeout=5, prefer_psycopg3=True, **patience)

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Execute. A read-only server, such as a standby, counts as unreachable."""
        try:
            return super().execute_sql(sql, params)
        except InternalError as error:
            if _sqlstate(error) == "25006":  # read_only_sql_transaction
                raise OperationalError(getattr(error, "orig", None), *error.args) from error
            raise

    @contextlib.contextmanager
    def transient(self) -> Iterator[None]:
        """Run a transaction that a power cut may undo."""
        with self.atomic():
            yield

    @contextlib.contextmanager
    def durable(self) -> Iterator[None]:
        """Run a transaction that survives a power cut once it is committed."""
        with self.atomic():
            self.execute_sql("SET LOCAL synchronous_commit = on")
            yield

    def replicated(self, query: Delete) -> Delete:
        """Return the query so that a standby has what it changed once it is done.

        It must be a statement by itself, whose WHERE finds its few rows by an index.
        """
        return query.where(SQL(_REPLICATED))

    def lock(self, *names: str) -> None:
        """Lock the names, in their order, until this transaction ends."""
        self.execute_sql(_LOCK, (sorted(names),))

    def keeping(self, query: Select) -> Select:
        """Return the query so that nobody deletes what it finds before the commit."""
        return query.for_update("FOR KEY SHARE")  # type: ignore[arg-type]  # text is allowed

    def locking(self, query: Select) -> Select:
        """Return the query so that what it finds is locked until the commit."""
        return query.for_update("FOR UPDATE")  # type: ignore[arg-type]

    def unlocked(self, query: Select) -> Select:
        """Return the query so that it skips the rows that others have locked."""
        return query.for_update("FOR UPDATE SKIP LOCKED")  # type: ignore[arg-type]

    @contextlib.contextmanager
    def upgrade_lock(self) -> Iterator[None]:
        """Make other processes wait that start on the same database."""
        self.execute_sql("SELECT pg_advisory_lock(hashtextextended('passline upgrade', 0))")
        try:
            yield
        finally:
            self.execute_sql("SELECT pg_advisory_unlock(hashtextextended('passline upgrade', 0))")

    def foreign_key_failed(self, error: IntegrityError) -> bool:
        """Return whether `error` means that a referenced row does not exist."""
        return _sqlstate(error) == "23503"  # foreign_key_violation

    def clock(self) -> int | None:
        """Return the server's time in Unix milliseconds."""
        query = "SELECT extract(epoch FROM clock_timestamp()) * 1000"
        return int(self.execute_sql(query).fetchone()[0])

    def pool_sizes(self) -> dict[str, int]:
        """Return how many connections of this process are in use, and how many idle."""
        return {"in_use": len(self._in_use), "idle": len(self._connections)}

    def checkpoint(self) -> None:
        """Do nothing: the server runs its own checkpoints."""

    def release(self) -> None:
        """Return this thread's connection to the pool."""
        if not self.is_closed():
            self.close()

    def disconnect(self) -> None:
        """Close all connections: processes must not share one after a fork."""
        self.close()
        self.close_all()

    def _initialize_connection(self, conn: Any) -> None:
        # Sessions, challenges and counters are replaceable; durable() overrides this.
        conn.execute("SET synchronous_commit = off")

    def _is_closed(self, conn: Any) -> bool:
        # A server that went away has sent a message or closed the stream; a healthy
        # idle connection has nothing to read.
        if conn.closed:
            return True
        readable = select.poll()
        readable.register(conn.fileno(), select.POLLIN)
        if not readable.poll(0):
            return False
        self._close_raw(conn)  # the pool would drop it without closing it
        return True

    def _can_reuse(self, conn: Any) -> bool:
        return not conn.closed and super()._can_reuse(conn)


def _sqlstate(error: Exception) -> str:
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""
