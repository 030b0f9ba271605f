"""PostgreSQL: a pool that survives what happens to the server; other differences."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from peewee import (
    SQL,
    Delete,
    IntegrityError,
    OperationalError,
    PostgresqlDatabase,
    ProgrammingError,
    Select,
)

from app.storage.pool import Pool
from app.storage.together import Together

if TYPE_CHECKING:
    from app.storage.connection import Connection

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%s::text[]) name"
_STARTING = "hashtextextended('passline start', 0)"

# Holds for what changes a row: its commit waits for the standby, where there is one. A
# server without one commits as the connection does. It is asked at every row, so that a
# new configuration counts at once.
_REPLICATED = """set_config('synchronous_commit', CASE
    WHEN current_setting('synchronous_standby_names') = ''
    THEN current_setting('synchronous_commit') ELSE 'on' END, true) IS NOT NULL"""


class Postgresql(PostgresqlDatabase):
    """PostgreSQL, directly until serve() is called, then perhaps through a pooler."""

    driver: str | None = "psycopg"
    file: Path | None = None  # the server has its own files
    turn = contextlib.nullcontext()  # writers only wait for rows

    def __init__(self, url: str, *, direct: str, pooler: bool) -> None:
        super().__init__(url, prefer_psycopg3=True)
        self._lock = contextlib.nullcontext()  # it would be held while connecting
        self._direct, self._pooler, self._serving = direct, pooler, False
        self._together = Together()
        self._pool = Pool(self._open)

    @classmethod
    def at(cls, url: str, *, direct: str | None = None, pooler: bool = False) -> Self:
        """Return the server at `url`, without connecting yet.

        `direct` is the URL for what is done before serve(). `pooler` means that at
        `url` transactions of several clients share a connection to the server.
        """
        return cls(url, direct=direct or url, pooler=pooler)

    def _open(self) -> "Connection":
        from app.storage.connection import Connection
        from app.storage.manner import Manner

        manner = Manner(limited=self._serving, pooler=self._pooler and self._serving)
        url = self.database if self._serving else self._direct
        return Connection.open(url, manner, self._together)

    def serve(self) -> None:
        """Connect for requests from now on, with limits for the time that each takes.

        Until then there are none: an upgrade or a command may take minutes.
        """
        self.disconnect()
        self._serving = True

    def _connect(self) -> Any:
        return self._pool.probe(self._together) if self._together.frozen else self._pool.take()

    def _own(self) -> "Connection":
        connection: Connection = self.connection()  # type: ignore[no-untyped-call]  # peewee
        return connection

    def _close(self, conn: Any) -> None:
        self._pool.give_back(conn)

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Execute. A server that has become a standby is left for its successor.

        What the role may not do is an `OperationalError`, as all that an operator has
        to put right.
        """
        try:
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call]  # peewee
        except ProgrammingError as error:
            if _sqlstate(error) != "42501":  # insufficient_privilege
                raise
            raise OperationalError(str(error)) from error
        except OperationalError as error:
            if _sqlstate(error) != "25006":  # read_only_sql_transaction
                raise
            self._pool.close_idle()
            self._own().retired = True
            if self.in_transaction():
                raise
            self.close()
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call]  # peewee

    def commit(self) -> None:
        """Commit. This is never given up for the sake of others."""
        connection = self._own()
        connection.committing = True
        try:
            super().commit()
        finally:
            connection.committing = False

    def rollback(self) -> None:
        """Roll back, unless the connection is closed: what closed it is raised then."""
        if self.is_closed() or not self._own().closed:
            super().rollback()

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

    def locking(self, query: Select, how: str) -> Select:
        """Return the query so that what it finds is locked until the commit."""
        return query.for_update(how)  # type: ignore[arg-type]  # text is allowed

    @contextlib.contextmanager
    def upgrade_lock(self) -> Iterator[None]:
        """Make other processes wait that start on the same database.

        They ask again and again: a statement that waits would keep an index from being
        built CONCURRENTLY. That is also why the lock is not the one of 0.1.0.
        """
        while not self.execute_sql(f"SELECT pg_try_advisory_lock({_STARTING})").fetchone()[0]:
            time.sleep(0.1)
        try:
            yield
        finally:
            self.execute_sql(f"SELECT pg_advisory_unlock({_STARTING})")

    def foreign_key_failed(self, error: IntegrityError) -> bool:
        """Return whether `error` means that a referenced row does not exist."""
        return _sqlstate(error) == "23503"  # foreign_key_violation

    def clock(self) -> int | None:
        """Return the server's time in Unix milliseconds."""
        query = "SELECT extract(epoch FROM clock_timestamp()) * 1000"
        return int(self.execute_sql(query).fetchone()[0])

    def pool_sizes(self) -> dict[str, int]:
        """Return how many connections of this process are in use, and how many idle."""
        return self._pool.sizes()

    def require_writable(self) -> None:
        """Raise `OperationalError` if the server is a standby, or else read-only."""
        if self.execute_sql("SHOW transaction_read_only").fetchone() == ("on",):
            self._own().retired = True
            raise OperationalError("the server is read-only")

    def checkpoint(self) -> None:
        """Ask a server that did not answer again. It runs its own checkpoints."""
        if self._together.frozen:
            self.connect(reuse_if_open=True)

    def release(self) -> None:
        """Return this thread's connection to the pool."""
        if not self.is_closed():
            self.close()

    def disconnect(self) -> None:
        """Close all connections: processes must not share one after a fork."""
        self.close()
        self._pool.close_all()


def _sqlstate(error: Exception) -> str:
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""
