"""The ends of sessions: one, others, those that a passkey began, and their proofs."""

from app.core import audit, tokens
from app.core.audit import Event
from app.core.changes import changing
from app.core.context import Context
from app.core.mfa.guards import Guard
from app.core.sessions import Live, SessionIsCurrent, SessionUnknown
from app.storage.mfa_statements import PROOFS_END
from app.storage.models import Session
from app.storage.records import UserRecord


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
    with changing(user, context=context, guard=Guard.EITHER):
        if not Session.delete().where(*own).execute():
            raise SessionUnknown
        audit.record(Event.SESSION_ENDED, user_id=user.id, detail=session_id, context=context)


def end_all_others(user: UserRecord, *, current: str | None, context: Context) -> None:
    """End all other sessions of the user, at the user's request.

    Raises what `changing` raises.
    """
    with changing(user, context=context, guard=Guard.EITHER):
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


def end_proofs(user_id: str, *, context: Context) -> None:
    """Let the user's other sessions have proved nothing: a factor was removed.

    The caller runs the transaction.
    """
    PROOFS_END.run(user_id=user_id, besides=context.caller.session_id)
