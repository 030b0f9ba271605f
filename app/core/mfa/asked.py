"""What a client has asked a session to confirm, where it does so in several calls.

The row is a challenge that nobody can answer: its digest is of the session's id.
"""

from typing import NamedTuple

from app.core import clock, tokens
from app.core.sessions import Live
from app.storage.models import Challenge

_LIFETIME = 10 * clock.MINUTE
_APART = 10 * clock.SECOND  # more than the clocks of two nodes may differ by


class Asked(NamedTuple):
    """What was asked, in the client's word, and since when a proof counts for it."""

    what: str
    since: int


def ask(live: Live, what: str) -> Asked:
    """Store what is asked of this session, in place of what was asked before."""
    now = clock.now()
    changed = {Challenge.ceremony: what, Challenge.expires_at: now + _LIFETIME}
    query = Challenge.insert(
        {
            Challenge.digest: _digest(live),
            Challenge.user_id: live.user.id,
            Challenge.rp_id: "",
            Challenge.user_verification: "",
            **changed,
        }
    )
    query.on_conflict(conflict_target=[Challenge.digest], update=changed).execute()
    return Asked(what, now - _APART)


def current(live: Live) -> Asked | None:
    """Return what is asked of this session, or None."""
    own = Challenge.digest == _digest(live), Challenge.expires_at > clock.now()
    row = Challenge.get_or_none(*own)
    return None if row is None else Asked(row.ceremony, row.expires_at - _LIFETIME - _APART)


def _digest(live: Live) -> bytes:
    return tokens.digest(f"asked of session {live.session.id}")
