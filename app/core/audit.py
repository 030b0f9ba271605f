"""What is done to accounts, kept in the database and told to the log.

Sign-ins are not here: the session table has them, and an insert more with full durability would cost each a third.
"""

import logging
from enum import Enum

from app.core import clock
from app.storage.statements import AUDIT_INSERT

logger = logging.getLogger("passline.audit")


class Event(Enum):
    """The events, as subject:thing:action."""

    ACCOUNT_CREATED = "account:user:created"
    ACCOUNT_DISABLED = "account:user:disabled"
    ACCOUNT_ENABLED = "account:user:enabled"
    ACCOUNT_DELETED = "account:user:deleted"
    ROLE_CHANGED = "account:role:changed"
    USERNAME_CHANGED = "account:username:changed"
    PASSWORD_CHANGED = "account:password:changed"  # noqa: S105 - the event's name, not a password
    TOKEN_CHANGED = "account:token:changed"  # noqa: S105 - the event's name, not a token
    SESSION_ENDED = "account:session:ended"
    PASSKEY_ADDED = "account:passkey:added"
    PASSKEY_RENAMED = "account:passkey:renamed"
    PASSKEY_DELETED = "account:passkey:deleted"
    COUNTER_WENT_BACK = "account:passkey:counter_went_back"
    INVITE_CREATED = "service:invite:created"
    INVITE_REVOKED = "service:invite:revoked"
    SIGNING_KEY_ROTATED = "service:signing_key:rotated"
    DATABASE_RESTORED = "service:database:restored"


def record(event: Event, *, user_id: str, address: str, detail: str = "") -> None:
    """Write the event down, in the transaction that is open; `detail` is for people and holds no secret."""
    AUDIT_INSERT.run(clock.now(), event.value, user_id, address, detail)
    logger.info("%s", event.value, extra={"user": user_id, "address": address, "detail": detail})
