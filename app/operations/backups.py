"""Backups of a SQLite database: made while it is in use, checked, and restored."""

import contextlib
import os
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from playhouse.migrations import Migration

from app.core import clock
from app.core.audit import Event
from app.storage import database

# What a restore leaves out: it may have ended, or been used up, since the backup.
FORGOTTEN = ("sessions", "challenges", "sign_ins", "links", "totp_offers")


class BackupFailed(Exception):
    """A backup or restore failed; the message says why. The database is unchanged."""


def own_tool(url: str, file: str, *, restore: bool) -> str:
    """Return the command that backs up or restores PostgreSQL, without its password."""
    target = _target(url)
    if restore:
        options = f"--clean --if-exists --single-transaction --dbname={target}"
        return f"pg_restore {options} {shlex.quote(file)}"
    return f"pg_dump --format=custom --file={shlex.quote(file)} {target}"


def own_forgetting(url: str) -> str:
    """Return the command that forgets on PostgreSQL what must not come back."""
    statement = shlex.quote(f"TRUNCATE {', '.join(FORGOTTEN)}")
    return f"psql --dbname={_target(url)} --command={statement}"


def _target(url: str) -> str:
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{host}" if user else host
    query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] != "password"])
    return shlex.quote(urlunsplit((parts.scheme, netloc, parts.path, query, "")))


def back_up(target: Path, *, force: bool) -> int:
    """Copy the bound database to `target`, readable by this user only.

    Returns the size in bytes. Raises `BackupFailed`.
    """
    source = _file()
    if target.exists() and (target.samefile(source) or not force):
        fix = (
            "that is the database itself"
            if target.samefile(source)
            else "use another name, or --force"
        )
        raise BackupFailed(f"{target} exists: {fix}.")
    with _copied(source, target) as copy:
        check(copy)
        os.replace(copy, target)  # noqa: PTH105 - known to be atomic
    return target.stat().st_size


def restore(source: Path) -> None:
    """Replace the bound database with a copy of `source`. No process may have it open.

    Everyone has to sign in again: what is `FORGOTTEN` must not come back after it has
    ended. Raises `BackupFailed`.
    """
    if not source.is_file():
        raise BackupFailed(f"{source} is not a file.")
    target = _file()
    database.disconnect()
    with _copied(source, target) as copy:
        check(copy)
        _forget(copy)
        with _alone(target):
            os.replace(copy, target)  # noqa: PTH105 - as above
        _sync(target.parent)
    database.bind(f"sqlite:///{target}")  # this process, too, has a new file from now on


def _file() -> Path:
    path = database.file()
    if path is None:
        raise BackupFailed("PostgreSQL has its own tools for this.")
    return path


def check(path: Path) -> None:
    """Raise `BackupFailed` unless the file is sound, and of this version or older."""
    known = {each.name for each in Migration.load_directory(str(database.MIGRATIONS))}
    try:
        with contextlib.closing(_open(path)) as copy:
            faults = [row[0] for row in copy.execute("PRAGMA integrity_check")] + [
                f"{row[0]} refers to nothing" for row in copy.execute("PRAGMA foreign_key_check")
            ]
            applied = {row[0] for row in copy.execute("SELECT name FROM schema_migrations")}
    except sqlite3.DatabaseError as error:
        raise BackupFailed(f"This is not a Passline database ({error}).") from error
    if faults != ["ok"]:
        raise BackupFailed(f"The copy is damaged: {'; '.join(faults[:3])}.")
    if newer := applied - known:
        raise BackupFailed(f"It was made by a newer Passline ({max(newer)}). Install that version.")


def _open(path: Path, mode: str = "rw") -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=5)


@contextlib.contextmanager
def _copied(source: Path, target: Path) -> Iterator[Path]:
    """Yield a synced copy beside `target`, of mode 0600. It is deleted unless moved."""
    copy = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with contextlib.closing(_open(source, "ro")) as old, contextlib.closing(_open(copy)) as new:
            old.backup(new)  # in one step, so that it is one snapshot
            new.execute("PRAGMA journal_mode = DELETE")
        _sync(copy)
        yield copy
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{source} cannot be copied to {target.parent} ({error}).") from error
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{copy}{ending}").unlink(missing_ok=True)


def _forget(copy: Path) -> None:
    with contextlib.closing(_open(copy)) as database_file, database_file:
        for table in FORGOTTEN:
            if _columns(table, database_file):  # an older version may lack it
                database_file.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant
        row: dict[str, Any] = {"at": clock.now(), "event": Event.DATABASE_RESTORED.value}
        row |= {"user_id": "", "address": "", "detail": "", "actor": "command", "user_agent": ""}
        names = [name for name in row if name in _columns("audit_events", database_file)]
        marks = ", ".join(f":{name}" for name in names)
        insert = f"INSERT INTO audit_events ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - constants
        database_file.execute(insert, row)


def _columns(table: str, database_file: sqlite3.Connection) -> list[str]:
    """Return the names of the table's columns; none if it does not exist."""
    rows = database_file.execute("SELECT name FROM pragma_table_info(?)", (table,))
    return [name for (name,) in rows]


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Lock the database exclusively.

    SQLite only leaves WAL mode when no other connection is open.
    """
    if not path.exists():
        yield
        return
    with contextlib.closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as old:
        try:
            with contextlib.suppress(sqlite3.DatabaseError):
                old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            old.execute("PRAGMA journal_mode = DELETE")
            old.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise BackupFailed(
                f"{path} is in use ({error}). Stop the server, then try again."
            ) from error
        except sqlite3.DatabaseError:
            # It is too damaged to be locked, which is a reason to restore.
            for ending in ("-wal", "-shm"):
                Path(f"{path}{ending}").unlink(missing_ok=True)
        yield


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
