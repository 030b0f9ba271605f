"""Sessions: clients hold opaque tokens, the table holds their digests."""

from typing import Any, NamedTuple

from app.core import audit, clock, session_cap, tokens, user_agents
from app.core.audit import Event
from app.core.changes import changing
from app.core.context import Context
from app.errors import AppError, SessionInvalid
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
    """A session that is in force, with its user."""

    user: UserRecord
    session: SessionRecord


def start(
    user_id: str,
    methods: tuple[str, ...],
    *,
    context: Context,
    auth_time: int | None = None,
    passkey_id: str | None = None,
) -> str:
    """Start a new session, and return its token.

    The user was authenticated now, or at `auth_time`, by `methods` (RFC 8176), and by
    the passkey of `passkey_id` if one was used.
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
        expires_at=now + context.settings.session_lifetime * clock.SECOND,
        auth_time=auth_time or now,
        methods=" ".join(methods),
        user_agent=context.caller.user_agent,
        address=context.caller.address,
        client=client,
        device=device,
        passkey_id=passkey_id,
    )
    return token


def find(token: str, *, settings: Settings) -> Live | None:
    """Return the live session of `token`.

    None if it is unknown, ended, expired or idle for too long.
    """
    digest = tokens.digest(token)
    row = SESSION_AND_USER.one(token_digest=digest)
    if row is None:
        return None
    session, now = SessionRecord._make(row[_USER_COLUMNS:]), clock.now()
    if not _in_force(session, now, settings):
        return None
    # Once per minute is precise enough and saves a write per request; a short idle time
    # needs more precision. A time in the future is from before the clock was set back.
    idle = settings.session_idle * clock.SECOND
    if abs(now - session.last_seen_at) > min(clock.MINUTE, idle // 4 or clock.MINUTE):
        SESSION_SEEN.run(now=now, token_digest=digest)
        session = session._replace(last_seen_at=now)
    return Live(UserRecord._make(row[:_USER_COLUMNS]), session)


def user_of_api_token(token: str) -> UserRecord | None:
    """Return the user whose API token this is, or None."""
    row = USER_BY_TOKEN.one(token_digest=tokens.digest(token))
    return row and UserRecord._make(row)


def of_user(user_id: str, *, most: int, settings: Settings) -> list[SessionRecord]:
    """Return which of the user's `most` newest sessions are in force, newest first."""
    now = clock.now()
    rows = map(SessionRecord._make, SESSIONS_OF_USER.all(user_id=user_id, most=most))
    return [session for session in rows if _in_force(session, now, settings)]


def _in_force(session: SessionRecord, now: int, settings: Settings) -> bool:
    idle = settings.session_idle * clock.SECOND
    return session.expires_at > now and not (idle and session.last_seen_at + idle <= now)


def rotate(live: Live, *, context: Context) -> str:
    """Replace the session with a new one of the same authentication; return its token.

    Raises `SessionInvalid` if it has ended meanwhile: it must not come back as another.
    """
    old = live.session
    if not end_live(live):
        raise SessionInvalid
    return start(
        live.user.id,
        tuple(old.methods.split()),
        context=context,
        auth_time=old.auth_time,
        passkey_id=old.passkey_id,
    )


def end_live(live: Live) -> bool:
    """End this session, in the current transaction; return whether it existed."""
    own = Session.user == live.user.id, Session.id == live.session.id
    return bool(Session.delete().where(*own).execute())


def end_one(user: UserRecord, session_id: str, *, current: str | None, context: Context) -> None:
    """End another session of the user.

    Raises `SessionIsCurrent`, `SessionUnknown`, and what `changing` raises.
    """
    if session_id == current:
        raise SessionIsCurrent
    if not tokens.looks_like_id(session_id):
        raise SessionUnknown
    own = Session.user == user.id, Session.id == session_id
    with changing(user, context=context):
        if not Session.delete().where(*own).execute():
            raise SessionUnknown
        audit.record(Event.SESSION_ENDED, user_id=user.id, detail=session_id, context=context)


def end_all_others(user: UserRecord, *, current: str | None, context: Context) -> None:
    """End all other sessions of the user, at the user's request.

    Raises what `changing` raises.
    """
    with changing(user, context=context):
        if end_others(user.id, current=current):
            audit.record(Event.SESSION_ENDED, user_id=user.id, detail="all others", context=context)


def end_others(user_id: str, *, current: str | None) -> int:
    """End all sessions of the user except the current one, and return their number."""
    others = Session.user == user_id, Session.id != (current or "")
    return int(Session.delete().where(*others).execute())


def end_begun_by(user: UserRecord, passkey_id: str, *, context: Context) -> int:
    """End the sessions that the passkey began, except the caller's.

    Returns their number. The caller runs the transaction.
    """
    ended = Session.delete().where(
        Session.user == user.id,
        Session.passkey_id == passkey_id,
        Session.id != context.caller.session_id,
    )
    count = int(ended.execute())
    if count:
        detail = f"{count} begun by the passkey {passkey_id}"
        audit.record(Event.SESSION_ENDED, user_id=user.id, detail=detail, context=context)
    return count


def expired(now: int) -> tuple[Any, Any]:
    """Return the table and the condition of what to delete."""
    return Session, Session.expires_at <= now
