"""How threads come by their connections, and by new ones when the database has been away, full or read-only."""

import contextlib
import select
import threading
from typing import Any, Self

from peewee import InternalError, OperationalError, SqliteDatabase
from playhouse.pool import PooledPostgresqlDatabase

# What libpq does about a server that says nothing any more, in seconds, where the URL does not say so itself.
_PATIENCE = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


BUSY = 5.0  # seconds that a writer waits for others


class Turn:
    """The queue of this process's writers. SQLite alone would have each of them sleep and try again, for milliseconds.

    Whoever holds it may take it again. What writes without it still has SQLite's own lock.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=BUSY):
            raise OperationalError("other writers have taken too long")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Sqlite(SqliteDatabase):
    """SQLite with one connection per thread, which is kept: opening and closing the only one checkpoints the WAL."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._own = threading.local()
        self.turn = Turn()

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Execute, and remember a failure: a connection made while the file could not be written never writes."""
        try:
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call]
        except OperationalError:
            self._own.doubtful = True
            raise

    def release(self) -> None:
        """Keep the connection, unless it has failed; only an abandoned transaction would have to go besides."""
        if getattr(self._own, "doubtful", False) and not self.in_transaction():
            self._own.doubtful = False
            self.close()


class Postgres(PooledPostgresqlDatabase):  # type: ignore[misc]  # playhouse has no types
    """A pool that tests an idle connection without a round trip, so that a restarted server costs no request."""

    turn = contextlib.nullcontext()  # its writers wait for rows only

    @classmethod
    def at(cls, url: str, connections: int) -> Self:
        """Make the pool for the server at `url`; nothing is opened yet."""
        patience = {name: seconds for name, seconds in _PATIENCE.items() if name not in url}
        return cls(url, max_connections=connections, timeout=5, prefer_psycopg3=True, **patience)

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Execute; a server that takes no writes, such as a standby, is unavailable as one that is away."""
        try:
            return super().execute_sql(sql, params)
        except InternalError as error:
            cause = getattr(error, "orig", None)
            if getattr(cause, "sqlstate", "") == "25006":  # read_only_sql_transaction
                raise OperationalError(cause, *error.args) from error
            raise

    def _initialize_connection(self, conn: Any) -> None:
        # Sessions, challenges and counters can be had again; durable() asks for more where it is due.
        conn.execute("SET synchronous_commit = off")

    def _is_closed(self, conn: Any) -> bool:
        # A server that went away leaves its farewell, or end of file, to be read; a healthy idle one sends nothing.
        if conn.closed:
            return True
        readable = select.poll()
        readable.register(conn.fileno(), select.POLLIN)
        if not readable.poll(0):
            return False
        self._close_raw(conn)  # the pool forgets it unclosed
        return True

    def _can_reuse(self, conn: Any) -> bool:
        return not conn.closed and super()._can_reuse(conn)

    def release(self) -> None:
        """Give this thread's connection back to the pool."""
        if not self.is_closed():
            self.close()
