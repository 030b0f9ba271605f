"""A connection to PostgreSQL that never waits for ever, whatever the server does.

Only imported where psycopg is installed.
"""

import logging
import time
from typing import Any, Self

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

from app.storage.manner import Manner
from app.storage.together import Together

logger = logging.getLogger("passline")

LONGEST = 5.0  # seconds beyond _SLOW; a server that answers ends most after 5 in all
_ENDING = 1.0  # seconds to ask the server to end a statement, and as many to end it
_WHILE_FROZEN = 2.0  # seconds, once another statement has had no answer
_SLOW = 0.3  # seconds; beyond them it matters how many wait
_STUCK = 2.5  # seconds without a place to wait, if all others are stuck as well

# A read-only transaction, or one that was idle or open for too long. Others of their
# class, such as a statement in a failed transaction, are faults of ours.
_NOT_NOW = {"25006", "25P03", "25P04"}


class NotNow(psycopg.OperationalError):
    """The server cannot do this at the moment, or does not answer."""

    def __init__(self, words: str, *, sqlstate: str = "") -> None:
        super().__init__(words)
        self.sqlstate = sqlstate


class Connection(psycopg.Connection[Any]):
    """A connection whose statements end in time, if it is limited."""

    _together: Together | None = None  # without limits
    _warning = ""
    _pooled = False
    committing = False
    retired = False  # not to be used again

    @classmethod
    def open(cls, url: str, manner: Manner, together: Together) -> Self:
        """Connect. A server that takes long to answer counts as frozen.

        A standby is refused: it may still know sessions that have ended.
        """
        threshold = None if manner.pooler else 5
        begun = time.monotonic()
        try:
            made = cls.connect(
                url, autocommit=True, prepare_threshold=threshold, **manner.parameters(url)
            )
        except psycopg.OperationalError:
            if manner.limited and time.monotonic() - begun >= _WHILE_FROZEN:
                together.freeze()
            raise
        made._pooled = manner.pooler
        if manner.limited:
            made._together = together
            made.add_notice_handler(made._heed)
        try:
            made._refuse_a_standby()
        except BaseException:
            made.close()
            raise
        return made

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the answer to a statement, as psycopg does, but not for ever."""
        if self._together is None:
            return super().wait(gen, interval, timeout)
        self._warning = ""
        try:
            try:
                value = super().wait(gen, interval, self._together.patience(_SLOW))
            except psycopg.OperationalError:
                if not self._is_waiting():
                    raise
                value = self._wait_longer(gen, self._together)
        except psycopg.InternalError as error:
            if error.sqlstate not in _NOT_NOW:
                raise
            raise NotNow(str(error), sqlstate=error.sqlstate or "") from error
        if self._warning:
            raise NotNow(self._warning)
        return value

    def _is_waiting(self) -> bool:
        """Return whether an error was only that the time to wait is over."""
        return self.info.transaction_status == TransactionStatus.ACTIVE

    def _wait_longer(self, gen: PQGen[Any], together: Together) -> Any:
        begun = time.monotonic()
        place = self.committing or together.places.acquire(blocking=False)
        given_up = place
        try:
            while True:
                moved = max(begun, together.moved_at)
                if not given_up and time.monotonic() - moved >= together.patience(_STUCK) - _SLOW:
                    given_up = True
                    self._give_up(together)
                try:
                    value = super().wait(gen, timeout=0.2)
                except psycopg.OperationalError:
                    if not self._is_waiting():
                        raise
                else:
                    together.moved_at, together.stuck_until = time.monotonic(), 0.0
                    return value
                if time.monotonic() - begun > (_WHILE_FROZEN if together.frozen else LONGEST):
                    return self._end(gen, together)
        finally:
            if place and not self.committing:
                together.places.release()

    def _end(self, gen: PQGen[Any], together: Together) -> Any:
        """Have the server end the statement, and return what it answers.

        A commit that waits for a replica is done then, with a warning. If it was left
        behind, its process and its locks would stay until there is a replica. Raises
        `NotNow`, and closes the connection, if there is no answer.
        """
        if self._cancel(together):
            try:
                return super().wait(gen, timeout=_ENDING)
            except psycopg.OperationalError:
                if not self._is_waiting():
                    raise
            if not self.committing:  # a commit may wait for a disk; others still read
                together.freeze()
        self.close()
        raise NotNow("the server does not answer")

    def _give_up(self, together: Together) -> None:
        """Have the server end the statement: the others shall not wait for a thread."""
        together.stuck_until = time.monotonic() + LONGEST
        self._cancel(together)

    def _cancel(self, together: Together) -> bool:
        """Ask the server to end the statement. Return whether it took the request."""
        try:
            self.cancel_safe(timeout=_ENDING)
        except psycopg.errors.CancellationTimeout:
            together.freeze()  # it does not even take this
        except psycopg.Error as error:
            logger.info("a statement was not cancelled", extra={"cause": str(error).strip()})
        else:
            return True
        return False

    def _heed(self, notice: psycopg.errors.Diagnostic) -> None:
        """Note a warning: a commit that was interrupted while it waited for a replica.

        The server calls it a success, but it may be lost in a failover.
        """
        if notice.sqlstate == "01000":
            self._warning = notice.message_primary or "the server warns"

    def _refuse_a_standby(self) -> None:
        """Raise `OperationalError` if the server is one; ask where it has not said."""
        said = self._said("in_hot_standby")
        if said is None and self.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
            said = "on"
        if said == "on":
            fix = "with target_session_attrs=read-write the URL finds the primary"
            raise psycopg.OperationalError(f"the server is a standby; {fix}")

    def reads_only(self) -> bool:
        """Return whether the server has said that it is read-only."""
        return "on" in map(self._said, ("in_hot_standby", "default_transaction_read_only"))

    def _said(self, name: str) -> str | None:
        """Return what the server has told of itself unasked (PostgreSQL 14).

        A pooler may repeat what it was told by another server.
        """
        return None if self._pooled else self.info.parameter_status(name)

    def reusable(self) -> bool:
        """Return whether another request may use it."""
        return not self.retired and self.info.transaction_status == TransactionStatus.IDLE
