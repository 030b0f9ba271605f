"""SQLite: one connection per thread, a queue of writers, and other differences."""

import contextlib
import fcntl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from peewee import DatabaseError, Delete, IntegrityError, OperationalError, Select, SqliteDatabase

BUSY = 5.0  # seconds that a writer waits for others
_PROVED = 1.0  # seconds for which one write proves that others can be made


class Turn:
    """The queue of this process's writers.

    SQLite itself would let each of them sleep for milliseconds and try again. The turn
    is reentrant. A write without it is still protected by SQLite's own lock.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=BUSY):
            raise OperationalError("other writers have taken too long")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Sqlite(SqliteDatabase):
    """One connection per thread, kept open: closing the last checkpoints the WAL."""

    driver: str | None = None  # included in Python

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._own = threading.local()
        self.turn = Turn()
        self._path = Path(self.database)
        self._opened = _identity(self._path)
        self._lost = False
        self._written = -_PROVED  # when it was last proved, on the monotonic clock

    @classmethod
    def at(cls, url: str) -> Self:
        """Return the database of sqlite:///PATH, a file that is only for this user.

        Raises `FileNotFoundError` where only its log is left: SQLite would throw away
        what that holds, which a server may still be writing.
        """
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists() and Path(f"{path}-wal").exists():
            raise FileNotFoundError(f"{path} is missing but its log, {path}-wal, is there")
        path.touch(mode=0o600)  # it holds password hashes; SQLite's log gets the same mode
        pragmas = {
            "journal_mode": "wal",
            "foreign_keys": 1,
            "busy_timeout": int(BUSY * 1000),
            "synchronous": "normal",
            # Housekeeping checkpoints every second; this is the limit if it cannot.
            "wal_autocheckpoint": 10000,
        }
        return cls(str(path), pragmas=pragmas, lock_type="IMMEDIATE")

    @property
    def file(self) -> Path | None:
        """The file that holds the database."""
        return self._path

    def connect(self, reuse_if_open: bool = False) -> bool:
        """Connect, but never make a new file in the place of one that was moved."""
        self._require_same_file()
        try:
            return bool(super().connect(reuse_if_open))
        except OperationalError:
            raise
        except DatabaseError as error:  # the file is no database
            raise OperationalError(str(error)) from error

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Execute, and mark the connection as doubtful if this fails.

        It may have been opened while the disk accepted no writes.
        """
        self._require_same_file()
        try:
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call]
        except OperationalError:
            self._own.doubtful = True
            raise

    def _require_same_file(self) -> None:
        """Raise `OperationalError` once the file was moved or replaced.

        What is written to such a file would be acknowledged and lost. That holds even
        when it is back: another process may have opened a file in its place, and then
        SQLite has thrown away the log that belonged to ours. A restart helps.
        """
        self._lost = self._lost or _identity(self._path) != self._opened
        if self._lost:
            raise OperationalError("the database file was moved or replaced; restart the server")

    @contextlib.contextmanager
    def transient(self) -> Iterator[None]:
        """Run a transaction that a power cut may undo."""
        with self.turn, self.atomic():
            yield

    @contextlib.contextmanager
    def durable(self) -> Iterator[None]:
        """Run a transaction that survives a power cut once it is committed."""
        with self.turn:
            self.execute_sql("PRAGMA synchronous = FULL")  # not allowed in a transaction
            try:
                with self.atomic():
                    yield
            finally:
                self.execute_sql("PRAGMA synchronous = NORMAL")

    def replicated(self, query: Delete) -> Delete:
        """Return the query as it is: there is no standby."""
        return query

    def lock(self, *names: str) -> None:
        """Do nothing: an immediate transaction already blocks every other writer."""

    def locking(self, query: Select, how: str) -> Select:  # noqa: ARG002  # as PostgreSQL's
        """Return the query as it is: the transaction has locked everything."""
        return query

    @contextlib.contextmanager
    def upgrade_lock(self) -> Iterator[None]:
        """Make other processes wait that start on the same database."""
        lock = Path(f"{self.database}.lock")
        lock.touch(mode=0o600)
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def foreign_key_failed(self, error: IntegrityError) -> bool:
        """Return whether `error` means that a referenced row does not exist."""
        return getattr(_cause(error), "sqlite_errorname", "") == "SQLITE_CONSTRAINT_FOREIGNKEY"

    def clock(self) -> int | None:
        """Return None: the database uses this machine's clock."""
        return None

    def pool_sizes(self) -> dict[str, int]:
        """Return an empty dict: there is no pool."""
        return {}

    def serve(self) -> None:
        """Do nothing: requests use the file as commands do."""

    def require_writable(self) -> None:
        """Raise `OperationalError` if the file cannot be written, or the disk is full.

        This writes the first page as it is: a number in it that nothing uses. What that
        has proved holds for a second, since anybody may ask.
        """
        if time.monotonic() - self._written < _PROVED:
            return
        with self.turn:
            self.execute_sql("PRAGMA user_version = 0")
            self._written = time.monotonic()

    def checkpoint(self) -> None:
        """Move the log into the database, which would slow down a request."""
        self.execute_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def release(self) -> None:
        """Keep the connection, unless it has failed and is not in a transaction."""
        if getattr(self._own, "doubtful", False) and not self.in_transaction():
            self._own.doubtful = False
            self.close()

    def disconnect(self) -> None:
        """Close this thread's connection: processes must not share it after a fork."""
        self.close()


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what identifies the file, whatever its name, or None without one."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _cause(error: IntegrityError) -> object:
    return getattr(error, "orig", error)  # peewee keeps the driver's own error
