"""Coming back: by a recovery code from the page for it, or by a one-time link."""

import secrets
from typing import Any

from app.core import (
    api_tokens,
    audit,
    clock,
    session_ends,
    sign_in_attempts,
    signin,
    text,
    tokens,
)
from app.core.account_errors import AccountUnknown, WrongPassword
from app.core.audit import Event
from app.core.context import Context
from app.core.mfa import proofs, recovery_codes, second_step
from app.core.mfa.answers import Answer
from app.core.mfa.errors import LinkInvalid, MfaError, RecoveryRefused
from app.core.mfa.proofs import Proved
from app.core.outcomes import judging
from app.core.sign_in_attempts import SignInUnknown
from app.core.signin import SignedIn, refusals_logged
from app.storage import database
from app.storage.models import Link, User
from app.storage.records import UserRecord
from app.storage.statements import USER_COLUMNS

LINK_LIFETIME = 30 * clock.MINUTE
RECOVERY = "recovery"  # what the outcome of a code or link by itself is reported as


def by_code(username: str, code: str, password: str | None, *, context: Context) -> SignedIn:
    """Sign in by a recovery code, with the password if the account has one.

    A code alone begins a session that only serves to enrol. Raises `RecoveryRefused`,
    the same whatever is wrong, `Busy`, `Throttled`.
    """
    try:
        if not password:
            return _by_code_alone(username, code, context=context)
        result = signin.by_password(username, password, context=context)
        if isinstance(result, SignedIn):  # no second step is due, and no code is used up
            return result
        answer = Answer(recovery_code=code)
        return second_step.finish(result.binding, answer, context=context)
    except (WrongPassword, MfaError, SignInUnknown) as error:
        raise RecoveryRefused(cause=error.code) from error


def _by_code_alone(username: str, code: str, *, context: Context) -> SignedIn:
    judged = judging(RECOVERY, "recovery", context)
    with refusals_logged(context), judged, database.durable():
        row = _passwordless(username)
        if row is None:
            raise RecoveryRefused
        user = UserRecord._make(row)
        recovery_codes.burn(user.id, code, context=context)
        proved = Proved().with_recovery_code(clock.now())
        return SignedIn(user, *signin.start(user.id, proved, context=context))


def _passwordless(username: str) -> Any:
    """Return the account of this name if it has no password, and lock it."""
    if "\0" in username:
        return None
    keys = text.username_keys(username)
    query = User.select(*USER_COLUMNS).where(
        User.username_key << keys, User.password_hash.is_null(), User.disabled_at.is_null()
    )
    return _locked(query)


def _locked(query: Any) -> Any:
    return database.db.obj.locking(query, "FOR KEY SHARE").tuples().first()


def make_link(user: UserRecord, *, context: Context) -> str:
    """Return the token of a new one-time link, which replaces an older one.

    Only its digest is stored. Raises `AccountUnknown` if the account is gone or
    disabled.
    """
    enabled = (User.id == user.id) & User.disabled_at.is_null()
    with database.durable():
        if not User.update(updated_at=clock.now()).where(enabled).execute():
            raise AccountUnknown(f"There is no account {user.username!r} that may sign in.")
        return new_link(user.id, context=context)


def new_link(user_id: str, *, context: Context) -> str:
    """Do what make_link() does, in the transaction that has locked the user's row."""
    token, now = secrets.token_urlsafe(32), clock.now()
    end_link(user_id)
    Link.insert(
        digest=tokens.digest(token), user=user_id, created_at=now, expires_at=now + LINK_LIFETIME
    ).execute()
    audit.record(Event.LINK_MADE, user_id=user_id, context=context)
    return token


def by_link(token: str, *, context: Context) -> SignedIn:
    """Sign in by a one-time link; the session only serves to enrol.

    Raises `LinkInvalid`.
    """
    judged = judging(RECOVERY, "link", context)
    with refusals_logged(context), judged, database.durable():
        good = Link.digest == tokens.digest(token), Link.expires_at > clock.now()
        owner = User.id << Link.select(Link.user).where(*good)
        row = _locked(User.select(*USER_COLUMNS).where(owner, User.disabled_at.is_null()))
        if row is None or not Link.delete().where(*good).execute():
            raise LinkInvalid
        user = UserRecord._make(row)
        audit.record(Event.LINK_USED, user_id=user.id, context=context)
        return SignedIn(user, *signin.start(user.id, Proved().with_link(), context=context))


def end_link(user_id: str) -> None:
    """End the user's link, in the current transaction."""
    Link.delete().where(Link.user == user_id).execute()


def end_all_else(user_id: str, *, current: str | None) -> None:
    """End all sessions but the current one, the sign-ins under way, and the link."""
    session_ends.end_others(user_id, current=current)
    sign_in_attempts.end_of_user(user_id)
    end_link(user_id)


def settle(*, context: Context) -> None:
    """End what others may hold, where a session that recovers has set something.

    It belongs in the transaction of what was set, which has the user alone.
    """
    session = context.caller.session
    if session is None or not is_recovering(context=context):
        return
    user_id = session.user_id
    end_all_else(user_id, current=session.id)
    values = api_tokens.columns(context.service, user_id)
    User.update(**values).where(User.id == user_id).execute()


def is_recovering(*, context: Context) -> bool:
    """Return whether the caller's session has proved only a link or a recovery code."""
    session = context.caller.session
    proved = session and proofs.of_session(session)
    return bool(proved and proved.second_at is None and proved.by_substitute_only)


def expired(now: int) -> tuple[Any, Any]:
    """Return the table and the condition of what to delete."""
    return Link, Link.expires_at <= now
