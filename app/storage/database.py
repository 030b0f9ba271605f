"""The database behind one URL: connections, transactions, and upgrades under a lock."""

import contextlib
import sqlite3
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from peewee import (
    Database,
    DatabaseProxy,
    IntegrityError,
    InterfaceError,
    OperationalError,
    Select,
)
from playhouse.migrations import Runner

from app.errors import Unavailable
from app.storage.postgresql import Postgresql
from app.storage.sqlite import Sqlite

MIGRATIONS = Path(__file__).with_name("migrations")

# What is raised if the database cannot be reached, is full, or is read-only. SQLite
# commits the writes of RETURNING while rows are fetched, where peewee does not
# translate errors.
Unreachable = (OperationalError, InterfaceError, sqlite3.OperationalError)

db = DatabaseProxy()


class DriverMissing(Exception):
    """The library for this kind of database is not installed."""


def bind(url: str, *, direct: str | None = None, pooler: bool = False) -> Database:
    """Bind `db` to sqlite:///PATH or postgresql://..., without connecting yet.

    `direct` is another URL of the same PostgreSQL, for what is done before serve().
    `pooler` means that `url` is that of a pooler in transaction mode.
    """
    database: Database
    if url.startswith("sqlite:///"):
        database = Sqlite.at(url)
    elif find_spec("psycopg"):
        database = Postgresql.at(url, direct=direct, pooler=pooler)
    else:
        raise DriverMissing("PostgreSQL needs psycopg")
    db.initialize(database)
    return database


def serve() -> None:
    """End what a start or a command does: requests are next, whose time is limited."""
    db.obj.serve()


def durable() -> contextlib.AbstractContextManager[None]:
    """Return a transaction for a change to an account.

    It survives a power cut once it is committed, and so do all earlier transactions in
    the same log, such as a consumed challenge.
    """
    transaction: contextlib.AbstractContextManager[None] = db.obj.durable()
    return transaction


def transient() -> contextlib.AbstractContextManager[None]:
    """Return a transaction whose loss only makes a user sign in again."""
    transaction: contextlib.AbstractContextManager[None] = db.obj.transient()
    return transaction


def lock(*names: str) -> None:
    """Lock the names until this transaction ends; others who lock one of them wait.

    Several are locked in one order: who names them all at once cannot deadlock.
    """
    db.obj.lock(*names)


def unlocked(query: Select) -> Select:
    """Return a subquery that locks what it finds, leaving out what is locked already.

    A statement that changes what it returns waits for nobody, and cannot deadlock.
    """
    found: Select = db.obj.locking(query, "FOR UPDATE SKIP LOCKED")
    return found


def owner_is_gone(error: Exception) -> bool:
    """Return whether a row was refused because its account has been deleted."""
    return isinstance(error, IntegrityError) and bool(db.obj.foreign_key_failed(error))


def release() -> None:
    """End this thread's use of the database, at the end of a request."""
    db.obj.release()


def disconnect() -> None:
    """Close all connections: two processes must not share one after a fork."""
    db.obj.disconnect()


def file() -> Path | None:
    """Return the file of the database, or None if a server keeps it."""
    path: Path | None = db.obj.file
    return path


def driver() -> str | None:
    """Return the library for the database, or None if it comes with Python."""
    name: str | None = db.obj.driver
    return name


def checkpoint() -> None:
    """Do the database's work of every second, outside of requests."""
    db.obj.checkpoint()


def pool() -> dict[str, int]:
    """Return how many pooled connections this process has in each state."""
    sizes: dict[str, int] = db.obj.pool_sizes()
    return sizes


def clock() -> int | None:
    """Return the server's time in Unix milliseconds, or None if there is no server."""
    time: int | None = db.obj.clock()
    return time


def ping() -> None:
    """Run an empty query. Raises one of `Unreachable`."""
    db.execute_sql("SELECT 1")


def require_writable() -> None:
    """Raise one of `Unreachable` unless a transaction could write now."""
    db.obj.require_writable()


def probe_writing() -> None:
    """Write and roll back. Raises one of `Unreachable`."""
    with db.atomic() as transaction:
        db.execute_sql("CREATE TABLE passline_doctor (id INTEGER)")
        transaction.rollback()


def runner() -> Runner:
    """Return the runner of our migrations on the bound database."""
    return Runner(db.obj, str(MIGRATIONS), table_name="schema_migrations")


def migrations() -> list[Any]:
    """Return the migrations, each with name, applied (a time, or None) and path.

    A path of None means a migration of a newer Passline.
    """
    rows: list[Any] = runner().status()
    return rows


def pending() -> list[str]:
    """Return the names of the migrations that the database lacks."""
    return [each.name for each in migrations() if not each.applied]


def upgrade() -> list[str]:
    """Apply the pending migrations, only once even if several processes start together.

    Returns their names. Raises `Unavailable` if a newer Passline has upgraded it.
    """
    with starting():
        newer = [row.name for row in runner().status() if row.path is None]
        if newer:
            raise Unavailable(
                f"This database was upgraded by a newer Passline ({newer[-1]})."
                " Install that version."
            )
        return list(runner().up())


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Do part of a start on a connection of its own, while other processes wait."""
    try:
        with db.connection_context(), db.obj.upgrade_lock():
            yield
    finally:
        disconnect()
