"""Copies of a SQLite database: made while it is in use, checked, and put in its place again."""

import contextlib
import os
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from playhouse.migrations import Migration

from app.core import clock
from app.core.audit import Event
from app.storage import database


class BackupFailed(Exception):
    """A copy that is not made or not put in place; the message says why, and the database is as it was."""


def own_tool(url: str, file: str, *, restore: bool) -> str:
    """Give the command that backs up or restores a PostgreSQL database; its password is left out."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{host}" if user else host
    query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] != "password"])
    target = shlex.quote(urlunsplit((parts.scheme, netloc, parts.path, query, "")))
    if restore:
        return f"pg_restore --clean --if-exists --single-transaction --dbname={target} {shlex.quote(file)}"
    return f"pg_dump --format=custom --file={shlex.quote(file)} {target}"


def back_up(target: Path, *, force: bool) -> int:
    """Copy the bound database to `target`, whole and for this user only; gives the size. Raises `BackupFailed`."""
    source = _file()
    if target.exists() and (target.samefile(source) or not force):
        mend = (
            "that is the database itself"
            if target.samefile(source)
            else "use another name, or --force"
        )
        raise BackupFailed(f"{target} exists: {mend}.")
    with _copied(source, target) as copy:
        check(copy)
        os.replace(copy, target)  # noqa: PTH105 - it is the atomic one, which the name shall say
    return target.stat().st_size


def restore(source: Path) -> None:
    """Put a copy of `source` in the place of the bound database, which nobody may have open. Raises `BackupFailed`.

    Everybody has to sign in again, for a session that was ended since must not come back; nor must a challenge.
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


def _file() -> Path:
    path = database.file()
    if path is None:
        raise BackupFailed("PostgreSQL has its own tools for this.")
    return path


def check(path: Path) -> None:
    """Raise `BackupFailed` unless the file is a sound database of a Passline no newer than this one."""
    known = {each.name for each in Migration.load_directory(str(database.MIGRATIONS))}
    try:
        with contextlib.closing(_open(path)) as copy:
            faults = [row[0] for row in copy.execute("PRAGMA integrity_check")] + [
                f"{row[0]} refers to nothing" for row in copy.execute("PRAGMA foreign_key_check")
            ]
            applied = {row[0] for row in copy.execute("SELECT name FROM schema_migrations")}
    except sqlite3.DatabaseError as error:
        raise BackupFailed(f"This is no database of Passline ({error}).") from error
    if faults != ["ok"]:
        raise BackupFailed(f"The copy is damaged: {'; '.join(faults[:3])}.")
    if newer := applied - known:
        raise BackupFailed(f"It was made by a newer Passline ({max(newer)}). Install that version.")


def _open(path: Path, mode: str = "rw") -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=5)


@contextlib.contextmanager
def _copied(source: Path, target: Path) -> Iterator[Path]:
    """Give a copy beside `target`, on the disk in one file of mode 0600; it goes when nobody has moved it."""
    copy = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with contextlib.closing(_open(source, "ro")) as old, contextlib.closing(_open(copy)) as new:
            old.backup(new)  # one step, so all is of one moment
            new.execute("PRAGMA journal_mode = DELETE")
        _sync(copy)
        yield copy
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{source} cannot be copied to {target.parent} ({error}).") from error
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{copy}{ending}").unlink(missing_ok=True)


def _forget(copy: Path) -> None:
    now = clock.now()
    with contextlib.closing(_open(copy)) as database_file, database_file:
        for table in ("sessions", "challenges"):
            database_file.execute(f"DELETE FROM {table}")  # noqa: S608 - two words of ours
        database_file.execute(
            "INSERT INTO audit_events (at, event, user_id, address, detail) VALUES (?, ?, '', '', '')",
            (now, Event.DATABASE_RESTORED.value),
        )


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the database so that nobody can open it; to leave WAL mode, SQLite demands that nobody has it open."""
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
            for ending in (
                "-wal",
                "-shm",
            ):  # too damaged to be held, as it may be when one restores
                Path(f"{path}{ending}").unlink(missing_ok=True)
        yield


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
