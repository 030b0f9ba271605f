"""Sessions: opaque tokens in people's hands, their digests in the table."""

from functools import lru_cache
from typing import NamedTuple

from app.core import audit, clock, tokens
from app.core.audit import Event
from app.core.caller import Caller
from app.errors import SessionInvalid, SessionIsCurrent, SessionUnknown
from app.settings import Settings
from app.storage import database
from app.storage.models import Session
from app.storage.records import SessionRecord, UserRecord
from app.storage.statements import (
    SESSION_AND_USER,
    SESSION_INSERT,
    SESSION_SEEN,
    SESSIONS_OF_USER,
    USER_BY_TOKEN,
)

_USER_COLUMNS = len(UserRecord._fields)


class Live(NamedTuple):
    """A session that is in force, with its user."""

    user: UserRecord
    session: SessionRecord


def start(
    user_id: str,
    methods: tuple[str, ...],
    *,
    caller: Caller,
    settings: Settings,
    auth_time: int | None = None,
) -> str:
    """Begin a session, always a new one, authenticated now or at `auth_time` by methods (RFC 8176); gives its token."""
    token, now = tokens.new_token(), clock.now()
    client, device = describe(caller.user_agent)
    SESSION_INSERT.run(
        tokens.digest(token),
        tokens.new_id(),
        user_id,
        now,
        now,
        now + settings.session_lifetime * clock.SECOND,
        auth_time or now,
        " ".join(methods),
        caller.user_agent,
        caller.address,
        client,
        device,
    )
    return token


def find(token: str, *, settings: Settings) -> Live | None:
    """Give the live session of `token`, or None when it is unknown, ended, expired or idle for too long."""
    digest = tokens.digest(token)
    row = SESSION_AND_USER.one(digest)
    if row is None:
        return None
    session, now = SessionRecord._make(row[_USER_COLUMNS:]), clock.now()
    if not _in_force(session, now, settings):
        return None
    # Once a minute is exact enough, and spares a write a request; a short idle time needs it more exact. A time in the
    # future is from before the clock went back.
    idle = settings.session_idle * clock.SECOND
    if abs(now - session.last_seen_at) > min(clock.MINUTE, idle // 4 or clock.MINUTE):
        SESSION_SEEN.run(now, digest)
        session = session._replace(last_seen_at=now)
    return Live(UserRecord._make(row[:_USER_COLUMNS]), session)


def user_of_api_token(token: str) -> UserRecord | None:
    """Give the user whose API token this is, or None."""
    row = USER_BY_TOKEN.one(tokens.digest(token))
    return row and UserRecord._make(row)


def of_user(user_id: str, *, most: int, settings: Settings) -> list[SessionRecord]:
    """List those of a user's newest sessions that are in force, newest first."""
    now = clock.now()
    rows = map(SessionRecord._make, SESSIONS_OF_USER.all(user_id, most))
    return [session for session in rows if _in_force(session, now, settings)]


def _in_force(session: SessionRecord, now: int, settings: Settings) -> bool:
    idle = settings.session_idle * clock.SECOND
    return session.expires_at > now and not (idle and session.last_seen_at + idle <= now)


def rotate(live: Live, *, caller: Caller, settings: Settings) -> str:
    """Replace the session by a new one of the same authentication; gives the new token.

    Raises `SessionInvalid` when it was ended meanwhile: it must not come back as a new one.
    """
    methods = tuple(live.session.methods.split())
    if not end_live(live):
        raise SessionInvalid
    return start(
        live.user.id, methods, caller=caller, settings=settings, auth_time=live.session.auth_time
    )


def end(ended: list[str]) -> None:
    """End the sessions of these tokens, as many of them as there are."""
    if ended:
        Session.delete().where(
            Session.token_digest << [tokens.digest(token) for token in ended]
        ).execute()


def end_live(live: Live) -> bool:
    """End this session; says whether it was there."""
    return bool(
        Session.delete()
        .where(Session.user == live.user.id, Session.id == live.session.id)
        .execute()
    )


def end_one(user: UserRecord, session_id: str, *, current: str | None, caller: Caller) -> None:
    """End another session of the user. Raises `SessionIsCurrent` or `SessionUnknown`."""
    if session_id == current:
        raise SessionIsCurrent
    if not tokens.looks_like_id(session_id):
        raise SessionUnknown
    with database.durable():
        if not Session.delete().where(Session.user == user.id, Session.id == session_id).execute():
            raise SessionUnknown
        audit.record(
            Event.SESSION_ENDED, user_id=user.id, address=caller.address, detail=session_id
        )


def end_all_others(user: UserRecord, *, current: str | None, caller: Caller) -> None:
    """End all sessions of the user but the current one, as the user wishes."""
    with database.durable():
        end_others(user.id, current=current)
        audit.record(
            Event.SESSION_ENDED, user_id=user.id, address=caller.address, detail="all others"
        )


def end_others(user_id: str, *, current: str | None) -> None:
    """End all sessions of the user but the current one."""
    Session.delete().where(Session.user == user_id, Session.id != (current or "")).execute()


@lru_cache(maxsize=1000)
def describe(user_agent: str) -> tuple[str, str]:
    """Say in people's words which program and which device a User-Agent names: ("Firefox 130", "Mac OS X")."""
    from ua_parser import parse  # its tables take 0.2 s to load

    parsed = parse(user_agent)
    client, os, device = parsed.user_agent, parsed.os, parsed.device
    program = " ".join(filter(None, (client.family, client.major))) if client else "Unknown"
    model = (
        device.family
        if device and not device.family.startswith(("Other", "Mac", "Generic"))
        else None
    )
    return program, model or (os.family if os else "Unknown")
