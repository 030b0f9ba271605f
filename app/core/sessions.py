"""Sessions: clients hold opaque tokens, the table holds their digests."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

from app.core import clock, session_cap, tokens, user_agents
from app.core.context import Context
from app.core.mfa import factors, policy, proofs
from app.core.mfa.policy import Standing
from app.core.mfa.proofs import Proved
from app.errors import AppError
from app.settings import Settings
from app.storage.models import Session
from app.storage.records import SessionRecord, UserRecord
from app.storage.statements import (
    SESSION_AND_USER,
    SESSION_SEEN,
    SESSIONS_OF_USER,
    USER_BY_TOKEN,
)

_USER_COLUMNS = len(UserRecord._fields)
RECOVERY_LIFETIME = 30 * clock.MINUTE  # of a session that only a code or link began


class SessionError(AppError):
    code = "session_error"
    status = 400


class SessionUnknown(SessionError):
    code = "session_unknown"
    sentence = "You have no session with this id."


class SessionIsCurrent(SessionError):
    code = "session_is_current"
    sentence = "This is the session you are using. Sign out to end it."


class Live(NamedTuple):
    """A session that is in force, with its user, and what it may do."""

    user: UserRecord
    session: SessionRecord
    standing: Standing = Standing.WHOLE


def start(user_id: str, proved: Proved, *, context: Context, passkey_id: str | None = None) -> str:
    """Start a new session, and return its token.

    The user has `proved` who they are just now, with the passkey of `passkey_id` first
    if one was used.
    """
    token, now = tokens.new_token(), clock.now()
    client, device = user_agents.describe(context.caller.user_agent)
    session_cap.insert(
        context=context,
        token_digest=tokens.digest(token),
        id=tokens.new_id(),
        user_id=user_id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + lifetime(proved, context.settings),
        auth_time=now,
        methods=" ".join(proved.methods),
        user_agent=context.caller.user_agent,
        address=context.caller.address,
        client=client,
        device=device,
        passkey_id=passkey_id,
        first_factor_at=proved.first_at,
        second_factor_at=proved.second_at,
        wrong_proofs=0,
    )
    return token


def lifetime(proved: Proved, settings: Settings) -> int:
    """Return for how many milliseconds a session lasts that has proved this."""
    whole = settings.session_lifetime * clock.SECOND
    is_whole = proved.second_at is not None or not proved.by_substitute_only
    return whole if is_whole else min(whole, RECOVERY_LIFETIME)


def find(token: str, *, settings: Settings) -> Live | None:
    """Return the live session of `token`.

    None if it is unknown, ended, expired, idle for too long, or has proved less than
    the policy asks.
    """
    digest = tokens.digest(token)
    row = SESSION_AND_USER.one(token_digest=digest)
    if row is None:
        return None
    session, now = SessionRecord._make(row[_USER_COLUMNS:]), clock.now()
    if not _lasts(session, now, settings):
        return None
    standing = _standing(session, _factors_of(session.user_id, settings), settings)
    if standing is Standing.REFUSED:
        return None
    # Once per minute is precise enough and saves a write per request; a short idle time
    # needs more precision. A time in the future is from before the clock was set back.
    idle = settings.session_idle * clock.SECOND
    if abs(now - session.last_seen_at) > min(clock.MINUTE, idle // 4 or clock.MINUTE):
        SESSION_SEEN.run(now=now, token_digest=digest)
        session = session._replace(last_seen_at=now)
    return Live(UserRecord._make(row[:_USER_COLUMNS]), session, standing)


def _factors_of(user_id: str, settings: Settings) -> Callable[[], factors.Factors]:
    """Return a function that reads the user's factors once, when they are needed."""
    return cache(partial(factors.of_user, user_id, settings))


def _standing(
    session: SessionRecord, read: Callable[[], factors.Factors], settings: Settings
) -> Standing:
    return policy.standing(proofs.of_session(session), read, settings)


def user_of_api_token(token: str) -> UserRecord | None:
    """Return the user whose API token this is, or None."""
    row = USER_BY_TOKEN.one(token_digest=tokens.digest(token))
    return row and UserRecord._make(row)


def of_user(user_id: str, *, most: int, settings: Settings) -> list[SessionRecord]:
    """Return which of the user's `most` newest sessions are in force, newest first."""
    now, read = clock.now(), _factors_of(user_id, settings)
    rows = map(SessionRecord._make, SESSIONS_OF_USER.all(user_id=user_id, most=most))
    return [
        session
        for session in rows
        if _lasts(session, now, settings)
        and _standing(session, read, settings) is not Standing.REFUSED
    ]


def _lasts(session: SessionRecord, now: int, settings: Settings) -> bool:
    idle = settings.session_idle * clock.SECOND
    return session.expires_at > now and not (idle and session.last_seen_at + idle <= now)


def expired(now: int) -> tuple[Any, Any]:
    """Return the table and the condition of what to delete."""
    return Session, Session.expires_at <= now
