"""Browsers that a user has signed in with: strangers' failures do not delay them.

Such a device is no factor and signs nobody in. Its token is the browser's, not the
user's; the table holds a digest of both, so it does not tell which users share one.
"""

from typing import Any

from app.core import clock, tokens
from app.core.context import Context
from app.storage import database
from app.storage.models import Device
from app.storage.statements import DEVICE_KNOWN, DEVICE_USED

LIFETIME = 400 * clock.DAY  # after the last use; browsers keep no cookie for longer
MOST = 20  # per user; the least recently used are forgotten
_NOBODY = "nobody"  # looked up for accounts that do not exist, to take as long


def digest(user_id: str, token: str) -> bytes:
    """Return the digest under which the user's use of the browser is stored."""
    return tokens.digest(f"{user_id}\0{token}")


def known(user_id: str | None, *, context: Context) -> bytes | None:
    """Return the digest of the caller's device if the user has signed in with it.

    None for the user takes as long as one who has not.
    """
    if context.caller.device is None:
        return None
    wanted = digest(user_id or _NOBODY, context.caller.device)
    found = DEVICE_KNOWN.one(digest=wanted, since=clock.now() - LIFETIME)
    return wanted if found else None


def remember(user_id: str, *, context: Context) -> str | None:
    """Store that the user has signed in with the caller's device, and return its token.

    This belongs in the transaction that starts the session, after it, so that accounts
    are locked before their devices. None for a caller that keeps no cookies.
    """
    token, now = context.caller.device, clock.now()
    if token is None:
        return None
    wanted = digest(user_id, token)
    if not DEVICE_USED.change(digest=wanted, now=now):
        database.lock(f"devices of {user_id}")  # or several at once would exceed MOST
        # Another tab of the browser may have been faster.
        Device.insert(digest=wanted, user=user_id, used_at=now).on_conflict_ignore().execute()
        _keep_latest(user_id)
    return token


def _keep_latest(user_id: str) -> None:
    own = Device.select(Device.digest).where(Device.user == user_id)
    latest = own.order_by(Device.used_at.desc(), Device.digest).limit(MOST)
    Device.delete().where(Device.user == user_id, Device.digest.not_in(latest)).execute()


def forget_others(user_id: str, *, context: Context) -> None:
    """Forget the user's devices but the caller's: others may know the old password."""
    kept = digest(user_id, context.caller.device or "")
    Device.delete().where(Device.user == user_id, Device.digest != kept).execute()


def expired(now: int) -> tuple[Any, Any]:
    """Return the table and the condition of what to delete."""
    return Device, Device.used_at <= now - LIFETIME
