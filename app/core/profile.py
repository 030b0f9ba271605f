"""Changes to one's own account: name, avatar, view, password and API token."""

from typing import Any

import orjson
from cryptography.fernet import InvalidToken

from app.core import accounts, audit, clock, passwords, sessions, text, tokens
from app.core.account_errors import TokenUnreadable
from app.core.audit import Event
from app.core.context import Context, Service
from app.core.sessions import Live
from app.errors import SessionInvalid
from app.storage import database
from app.storage.models import User
from app.storage.records import UserRecord
from app.storage.statements import USER_COLUMNS


def change(user: UserRecord, changes: dict[str, Any], *, context: Context) -> UserRecord:
    """Change username, avatar or view, and return the changed user.

    The members of `view` are merged. Raises `InvalidInput`, `UsernameTaken`.
    """
    values = _values(user, changes)
    with accounts.unique_username(), database.durable():
        return _store(user, values, context=context)


def change_with_password(
    live: Live, changes: dict[str, Any], password: str, *, context: Context
) -> tuple[UserRecord, str]:
    """Change the password and the API token, and the rest as `change` does.

    All other sessions end and this one is replaced. Returns the user and the session's
    new token. Raises `InvalidInput`, `UsernameTaken`, and `SessionInvalid` if the
    session has ended meanwhile; then nothing is changed.
    """
    user, service = live.user, context.service
    values = _values(user, changes)
    check_password(password, username=values.get("username", user.username))
    values["password_hash"] = service.passwords.hash(password)
    values |= accounts.token_columns(service)
    with accounts.unique_username(), database.durable():
        changed = _store(user, values, context=context)
        sessions.end_others(user.id, current=live.session.id)
        audit.record(Event.PASSWORD_CHANGED, user_id=user.id, context=context)
        token = sessions.rotate(live, context=context)
    return changed, token


def _values(user: UserRecord, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that change. Raises `InvalidInput`."""
    values: dict[str, Any] = {"updated_at": clock.now()}
    if (username := changes.get("username")) is not None:
        username = text.username(username)
        accounts.check(username=text.username_fault(username))
        values |= {"username": username, "username_key": text.username_key(username)}
    if "avatar" in changes:
        avatar = changes["avatar"] or None
        accounts.check(avatar="Leave out control characters." if "\0" in (avatar or "") else None)
        values["avatar"] = avatar
    if changes.get("view") is not None:
        values["view"] = orjson.dumps(orjson.loads(user.view) | changes["view"]).decode()
    return values


def _store(user: UserRecord, values: dict[str, Any], *, context: Context) -> UserRecord:
    """Store the values, and return the changed user.

    Raises `SessionInvalid` if the account has been deleted meanwhile.
    """
    query: Any = User.update(**values).where(User.id == user.id).returning(*USER_COLUMNS)
    rows = list(query.tuples().execute())
    if not rows:
        raise SessionInvalid(cause="the account was deleted meanwhile")
    changed = UserRecord._make(rows[0])
    if changed.username != user.username:
        audit.record(
            Event.USERNAME_CHANGED, user_id=user.id, detail=changed.username, context=context
        )
    return changed


def check_password(password: str, *, username: str) -> None:
    """Raise `InvalidInput` if the policy refuses the new password."""
    accounts.check(password=passwords.fault_in(password, username=username))


def api_token(user: UserRecord, *, service: Service) -> str:
    """Return the user's API token.

    Raises `TokenUnreadable` if it was sealed with another secret key.
    """
    sealed = User.select(User.token_sealed).where(User.id == user.id).scalar()
    if sealed is None:
        raise SessionInvalid(cause="the account was deleted meanwhile")
    try:
        return service.seal.open(sealed)
    except InvalidToken as error:
        raise TokenUnreadable from error


def new_api_token(user: UserRecord, *, context: Context) -> str:
    """Replace the user's API token, and return the new one; the old one is revoked."""
    token = tokens.new_token()
    with database.durable():
        _store(user, accounts.token_columns(context.service, token), context=context)
        audit.record(Event.TOKEN_CHANGED, user_id=user.id, context=context)
    return token
