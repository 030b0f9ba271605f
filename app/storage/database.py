"""The database behind one URL: connections, transactions with a chosen durability, and upgrades under a lock."""

import contextlib
import fcntl
import sqlite3
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from peewee import Database, DatabaseProxy, IntegrityError, InterfaceError, OperationalError, SqliteDatabase
from playhouse.migrations import Runner
from playhouse.pool import MaxConnectionsExceeded

from app.errors import Unavailable
from app.storage.connections import BUSY, Postgres, Sqlite

MIGRATIONS = Path(__file__).with_name("migrations")

# What is raised when the database cannot be reached, is full, or may not be written. SQLite commits what RETURNING has
# written as its rows are fetched, where peewee does not translate.
Unreachable = (OperationalError, InterfaceError, MaxConnectionsExceeded, sqlite3.OperationalError)

db = DatabaseProxy()


class DriverMissing(Exception):
    """The library that speaks to this kind of database is not installed."""


def bind(url: str, *, connections: int = 8) -> Database:
    """Make `db` speak to the database at `url` (sqlite:///path or postgresql://...); nothing is opened yet."""
    if url.startswith("sqlite:///"):
        database: Database = _sqlite(url.removeprefix("sqlite:///"))
    else:
        if find_spec("psycopg") is None:
            raise DriverMissing("PostgreSQL needs psycopg")
        database = Postgres.at(url, connections)
    db.initialize(database)
    return database


def _sqlite(path: str) -> Sqlite:
    Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    Path(path).touch(mode=0o600)  # it holds password hashes; SQLite gives its log the same mode
    pragmas = {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": int(BUSY * 1000),
        "synchronous": "normal",
        # The housekeeping thread checkpoints every second; this is the bound for when it cannot.
        "wal_autocheckpoint": 10000,
    }
    return Sqlite(path, pragmas=pragmas, lock_type="IMMEDIATE")


def is_sqlite(database: Any = db) -> bool:
    """Say whether this database (by default the bound one) is SQLite."""
    return isinstance(getattr(database, "obj", database), SqliteDatabase)


@contextlib.contextmanager
def durable() -> Iterator[None]:
    """Run a transaction that survives a power cut once it is acknowledged: what a person did to an account.

    All earlier transactions of the same log become durable with it, a consumed challenge among them.
    """
    if not is_sqlite():
        with db.atomic():
            db.execute_sql("SET LOCAL synchronous_commit = on")
            yield
        return
    with db.obj.turn:
        db.execute_sql("PRAGMA synchronous = FULL")  # not allowed inside a transaction, so before it
        try:
            with db.atomic():
                yield
        finally:
            db.execute_sql("PRAGMA synchronous = NORMAL")


@contextlib.contextmanager
def transient() -> Iterator[None]:
    """Run a transaction whose loss in a power cut costs a person no more than signing in again."""
    with db.obj.turn, db.atomic():
        yield


def owner_is_gone(error: Exception) -> bool:
    """Say whether a row was refused because the account that it belongs to was deleted meanwhile."""
    cause = getattr(error, "orig", error)
    return isinstance(error, IntegrityError) and (
        getattr(cause, "sqlstate", "") == "23503"  # foreign_key_violation
        or getattr(cause, "sqlite_errorname", "") == "SQLITE_CONSTRAINT_FOREIGNKEY"
    )


def lock(name: str) -> None:
    """Hold others who ask for `name` until this transaction ends; SQLite's immediate transactions do so already."""
    if not is_sqlite():
        db.execute_sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))


def release() -> None:
    """End this thread's use of the database, at the end of a request."""
    db.obj.release()


def runner() -> Runner:
    """Give the runner of our migrations over the bound database."""
    return Runner(db.obj, str(MIGRATIONS), table_name="schema_migrations")


def migrations() -> list[Any]:
    """List the migrations, each with name, applied (a time, or None) and path (None: of a newer Passline)."""
    rows: list[Any] = runner().status()
    return rows


def pending() -> list[str]:
    """Name the migrations that the database lacks."""
    return [each.name for each in migrations() if not each.applied]


def pool() -> dict[str, int]:
    """Count this process's connections by state; SQLite has no pool, but one for each thread."""
    return {} if is_sqlite() else {"in_use": len(db.obj._in_use), "idle": len(db.obj._connections)}


def clock() -> int | None:
    """Give the database server's time in Unix milliseconds; None where the database is of this machine."""
    if is_sqlite():
        return None
    return int(db.execute_sql("SELECT extract(epoch FROM clock_timestamp()) * 1000").fetchone()[0])


def probe_writing() -> None:
    """Write, and take it back; raises one of `Unreachable` where that is not possible."""
    with db.atomic() as transaction:
        db.execute_sql("CREATE TABLE passline_doctor (id INTEGER)")
        transaction.rollback()


def upgrade() -> list[str]:
    """Apply the migrations that are pending, once, however many processes start together; give their names.

    Raises `Unavailable` when the database was made by a newer Passline.
    """
    try:
        with db.connection_context(), _upgrade_lock():
            newer = [row.name for row in runner().status() if row.path is None]
            if newer:
                raise Unavailable(
                    f"This database was upgraded by a newer Passline ({newer[-1]}). Install that version."
                )
            return list(runner().up())
    finally:
        disconnect()


def disconnect() -> None:
    """Close this thread's connection and those that rest in the pool: two processes may not share one after a fork."""
    db.obj.close()
    if not is_sqlite():
        db.obj.close_all()


@contextlib.contextmanager
def _upgrade_lock() -> Iterator[None]:
    if not is_sqlite():
        db.execute_sql("SELECT pg_advisory_lock(hashtextextended('passline upgrade', 0))")
        try:
            yield
        finally:
            db.execute_sql("SELECT pg_advisory_unlock(hashtextextended('passline upgrade', 0))")
        return
    lock = Path(f"{db.obj.database}.lock")
    lock.touch(mode=0o600)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
