"""Audit events: stored in the database, and sent to listeners such as the log."""

import logging
from enum import Enum
from functools import partial
from typing import Any

from blinker import Signal

from app.core import clock
from app.core.context import Context
from app.errors import Throttled
from app.storage import database
from app.storage.audit_statements import AUDIT_BEFORE, AUDIT_INSERT, AUDIT_INSERT_UNLESS_FULL
from app.storage.models import AuditEvent

logger = logging.getLogger("passline.audit")

recorded = Signal()  # sent by the `Service`, with `event`, `user_id`, `address` and `detail`


class Event(Enum):
    """The events, as subject:thing:action."""

    SIGNED_IN = "account:login:succeeded"
    POLICY_REFUSED = "account:policy:refused"
    ACCOUNT_CREATED = "account:user:created"
    ACCOUNT_DISABLED = "account:user:disabled"
    ACCOUNT_ENABLED = "account:user:enabled"
    ACCOUNT_DELETED = "account:user:deleted"
    ROLE_CHANGED = "account:role:changed"
    USERNAME_CHANGED = "account:username:changed"
    PASSWORD_CHANGED = "account:password:changed"  # noqa: S105 - the name of an event, not a password
    TOKEN_CHANGED = "account:token:changed"  # noqa: S105 - the name of an event, not a token
    PASSWORD_REMOVED = "account:password:removed"  # noqa: S105 - the name of an event, not a password
    SESSION_ENDED = "account:session:ended"
    STEP_UP = "account:step_up:succeeded"
    STEP_UP_REFUSED = "account:step_up:refused"
    PASSKEY_ADDED = "account:passkey:added"
    PASSKEY_RENAMED = "account:passkey:renamed"
    PASSKEY_DELETED = "account:passkey:deleted"
    COUNTER_WENT_BACK = "account:passkey:counter_went_back"
    TOTP_ADDED = "account:totp:added"
    TOTP_REMOVED = "account:totp:removed"
    CODES_WRONG = "account:totp:many_wrong_codes"
    RECOVERY_CODES_MADE = "account:recovery_codes:made"
    RECOVERY_CODES_SAVED = "account:recovery_codes:saved"
    RECOVERY_CODE_USED = "account:recovery_code:used"
    ALWAYS_ASKS_CHANGED = "account:always_asks:changed"
    LINK_MADE = "account:link:made"
    LINK_USED = "account:link:used"
    MFA_RESET = "account:mfa:reset"
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

_OF_SIGN_INS = {
    *(Event.SIGNED_IN, Event.POLICY_REFUSED, Event.LINK_USED, Event.RECOVERY_CODE_USED),
    *(Event.CODES_WRONG, Event.COUNTER_WENT_BACK, Event.ACCOUNT_CREATED),
}


def record(event: Event, *, user_id: str = "", detail: str = "", context: Context) -> None:
    """Store the event in the current transaction, and send it once that is committed.

    `user_id` is empty for events of the service. `detail` is for people and not secret.
    Raises `Throttled` if the user has done this too often today.
    """
    caller, now = context.caller, clock.now()
    told: dict[str, Any] = {"user_id": user_id, "address": caller.address, "detail": detail}
    row: dict[str, Any] = {
        **told,
        "at": now,
        "event": event.value,
        "actor": _actor(event, user_id, context=context),
        "user_agent": caller.user_agent,
    }
    if not user_id or caller.is_command or not context.settings.rate_limits:
        AUDIT_INSERT.run(**row)
    else:
        if event in _REFUSED:
            _check_room(event, user_id, now)
        AUDIT_INSERT_UNLESS_FULL.run(**row, since=now - clock.DAY, skipped=MOST - 1)
    database.db.after_commit(partial(recorded.send, context.service, event=event, **told))


def _actor(event: Event, user_id: str, *, context: Context) -> str:
    """Return who did it: the person, an administrator, or a command.

    Who signs in may have a session of somebody else before.
    """
    session = context.caller.session
    if context.caller.is_command:
        return "command"
    another = session and user_id not in ("", session.user_id) and event not in _OF_SIGN_INS
    return "administrator" if another else "person"


def _check_room(event: Event, user_id: str, now: int) -> None:
    """Raise `Throttled` if today has as many of this kind and user as are stored."""
    own = {"user_id": user_id, "event": event.value, "since": now - clock.DAY}
    row = AUDIT_BEFORE.one(**own, skipped=MOST - 1)
    if row is not None:
        raise Throttled(min(clock.DAY, row[0] + clock.DAY - now) // clock.SECOND)


def outdated(now: int, retention: int) -> tuple[Any, Any]:
    """Return the table and the condition of what is older than `retention` seconds."""
    return AuditEvent, AuditEvent.at <= now - retention * clock.SECOND
