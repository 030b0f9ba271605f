"""Audit events: stored in the database, and sent to listeners such as the log.

Sign-ins are not stored here: the session table has them, and one more durable insert
would slow each of them down by a third.
"""

import logging
from enum import Enum
from functools import partial
from typing import Any

from blinker import Signal

from app.core import clock
from app.core.context import Context
from app.errors import Throttled
from app.storage import database
from app.storage.models import AuditEvent
from app.storage.statements import AUDIT_BEFORE, AUDIT_INSERT

logger = logging.getLogger("passline.audit")

recorded = Signal()  # sent by the `Service`, with `event`, `user_id`, `address` and `detail`


class Event(Enum):
    """The events, as subject:thing:action."""

    ACCOUNT_CREATED = "account:user:created"
    ACCOUNT_DISABLED = "account:user:disabled"
    ACCOUNT_ENABLED = "account:user:enabled"
    ACCOUNT_DELETED = "account:user:deleted"
    ROLE_CHANGED = "account:role:changed"
    USERNAME_CHANGED = "account:username:changed"
    PASSWORD_CHANGED = "account:password:changed"  # noqa: S105 - the name of an event, not a password
    TOKEN_CHANGED = "account:token:changed"  # noqa: S105 - the name of an event, not a token
    SESSION_ENDED = "account:session:ended"
    PASSKEY_ADDED = "account:passkey:added"
    PASSKEY_RENAMED = "account:passkey:renamed"
    PASSKEY_DELETED = "account:passkey:deleted"
    COUNTER_WENT_BACK = "account:passkey:counter_went_back"
    INVITE_CREATED = "service:invite:created"
    INVITE_REVOKED = "service:invite:revoked"
    SIGNING_KEY_ROTATED = "service:signing_key:rotated"
    SECRET_KEY_ADOPTED = "service:secret_key:adopted"  # noqa: S105 - the name of an event, not a key
    DATABASE_RESTORED = "service:database:restored"


# Of one kind and user in a day, unless a command asks: more is written by no person.
MOST = 500
# What is refused then. The rest takes something away, which must always be possible: it
# is told to the listeners, and no longer stored.
_REFUSED = {Event.USERNAME_CHANGED, Event.PASSKEY_ADDED, Event.PASSKEY_RENAMED}


def record(event: Event, *, user_id: str = "", detail: str = "", context: Context) -> None:
    """Store the event in the current transaction, and send it once that is committed.

    `user_id` is empty for events of the service. `detail` is for people and not secret.
    Raises `Throttled` if the user has done this too often today.
    """
    row: dict[str, Any] = {
        "user_id": user_id,
        "address": context.caller.address,
        "detail": detail,
    }
    if not _is_full(event, user_id, context=context):
        AUDIT_INSERT.run(at=clock.now(), event=event.value, **row)
    database.db.after_commit(partial(recorded.send, context.service, event=event, **row))


def _is_full(event: Event, user_id: str, *, context: Context) -> bool:
    """Return whether today has as many events of this kind and user as are stored.

    Raises `Throttled` for one of those that are refused then.
    """
    if not user_id or context.caller.is_command or not context.settings.rate_limits:
        return False
    now = clock.now()
    own = {"user_id": user_id, "event": event.value, "since": now - clock.DAY}
    row = AUDIT_BEFORE.one(**own, skipped=MOST - 1)
    if row is not None and event in _REFUSED:
        raise Throttled(min(clock.DAY, row[0] + clock.DAY - now) // clock.SECOND)
    return row is not None


def outdated(now: int, retention: int) -> tuple[Any, Any]:
    """Return the table and the condition of what is older than `retention` seconds."""
    return AuditEvent, AuditEvent.at <= now - retention * clock.SECOND
