"""Attempts that count under one limit, and of which success forgets nothing.

Unlike those of throttle.py: who guesses codes has the password already, and can sign in
rightly in between.
"""

from typing import NamedTuple

from app.core import clock, throttle
from app.core.throttle import Limit
from app.errors import Throttled
from app.storage import database
from app.storage.models import Failure


class Counted(NamedTuple):
    """An attempt that was counted under one limit, and how long that is remembered.

    `remembered_until` is the time before it, None if nothing was.
    """

    limit: Limit
    failures: int
    until: int
    remembered_until: int | None

    @property
    def is_last_free(self) -> bool:
        """Whether the next attempt has to wait, for the first time."""
        return self.failures == self.limit.free


def attempt(limit: Limit) -> Counted:
    """Count an attempt under one limit, in advance, which take_back() undoes.

    Raises `Throttled` if it comes too early; then it is not counted.
    """
    now = clock.now()
    with database.transient():
        throttle.lock([limit])
        row = Failure.get_or_none(Failure.key == limit.key)
        wait = limit.wait(row, now)
        if not wait:
            known = row if row is not None and row.expires_at > now else None
            throttle.count(limit, row, now)
    if wait:
        raise Throttled(-(-wait // clock.SECOND), reason="failures")
    failures, until = known.count + 1 if known else 1, now + limit.memory
    return Counted(limit, failures, until, known.expires_at if known else None)


def take_back(counted: Counted) -> None:
    """Undo the count of an attempt that succeeded; earlier failures stay."""
    own = Failure.key == counted.limit.key
    with database.transient():
        throttle.lock([counted.limit])
        Failure.update(count=Failure.count - 1, blocked_until=0).where(own).execute()
        if counted.remembered_until:
            Failure.update(expires_at=counted.remembered_until).where(
                own, Failure.expires_at == counted.until
            ).execute()
        Failure.delete().where(own, Failure.count <= 0).execute()


def forget(limits: list[Limit]) -> None:
    """Forget the failures under these limits."""
    with database.transient():
        throttle.lock(limits)
        Failure.delete().where(Failure.key << [limit.key for limit in limits]).execute()
