"""What a person has to be told, since there is no mail: what was done beside them."""

from typing import Any, NamedTuple

from peewee import fn

from app.core import clock
from app.core.audit import Event
from app.core.sessions import Live
from app.storage.models import AuditEvent

MOST = 20
_STANDS = 7 * clock.DAY  # whoever came in by a link may have signed in since
# What the person has not done, or has done to come back.
_OF_OTHERS = (Event.PASSWORD_CHANGED, Event.PASSKEY_DELETED, Event.ROLE_CHANGED)
_ALWAYS = (Event.CODES_WRONG, Event.COUNTER_WENT_BACK)
_FOR_LONG = (Event.LINK_MADE, Event.LINK_USED, Event.MFA_RESET, Event.RECOVERY_CODE_USED)


class Notice(NamedTuple):
    """An event, when it was, and who did it: person, administrator or command."""

    event: str
    at: int
    actor: str


def since_last_sign_in(live: Live) -> list[Notice]:
    """Return what has happened since the sign-in before this session's, oldest first.

    Sign-ins by a link or recovery code do not count, since they may be somebody else's,
    and they themselves are told for a week.
    """
    own = AuditEvent.user_id == live.user.id
    detail = AuditEvent.detail
    earlier = AuditEvent.select(fn.MAX(AuditEvent.at)).where(
        own,
        AuditEvent.event == Event.SIGNED_IN.value,
        AuditEvent.at < live.session.created_at,
        ~detail.contains("link") & ~detail.contains("recovery"),
    )
    since: int = earlier.scalar() or 0
    by_others = (AuditEvent.event << _named(_OF_OTHERS)) & (AuditEvent.actor != "person")
    lately = (AuditEvent.at > since) & (by_others | (AuditEvent.event << _named(_ALWAYS)))
    for_long = (AuditEvent.event << _named(_FOR_LONG)) & (AuditEvent.at > clock.now() - _STANDS)
    rows: Any = (
        AuditEvent.select(AuditEvent.event, AuditEvent.at, AuditEvent.actor)
        .where(own, lately | for_long)
        .order_by(AuditEvent.id.desc())
        .limit(MOST)
        .tuples()
    )
    return [Notice._make(row) for row in reversed(list(rows))]


def _named(events: tuple[Event, ...]) -> list[str]:
    return [event.value for event in events]
