"""What people may change of their own account: name, avatar, view, password and API token."""

from typing import Any

import orjson
from cryptography.fernet import InvalidToken

from app.core import accounts, audit, clock, passwords, sessions, text, tokens
from app.core.audit import Event
from app.core.caller import Caller
from app.core.service import Service
from app.core.sessions import Live
from app.errors import SessionInvalid, TokenUnreadable
from app.storage import database
from app.storage.models import User
from app.storage.records import UserRecord
from app.storage.statements import USER_COLUMNS


def change(user: UserRecord, changes: dict[str, Any], *, caller: Caller) -> UserRecord:
    """Change username, avatar or view (its members are merged); gives the user as it is then.

    Raises `InvalidInput`, `UsernameTaken`.
    """
    values = _values(user, changes)
    with accounts.unique_username(), database.durable():
        return _store(user, values, caller=caller)


def change_with_password(
    live: Live, changes: dict[str, Any], password: str, *, caller: Caller, service: Service
) -> tuple[UserRecord, str]:
    """Change the password and with it the API token, end all other sessions and replace this one; the rest as `change`.

    Gives the user and the session's new token. Raises `InvalidInput`, `UsernameTaken`, and `SessionInvalid` when the
    session was ended meanwhile; then nothing has changed.
    """
    user = live.user
    values = _values(user, changes)
    check_password(password, username=values.get("username", user.username))
    values |= {"password_hash": service.passwords.hash(password), **accounts.token_columns(service)}
    with accounts.unique_username(), database.durable():
        changed = _store(user, values, caller=caller)
        sessions.end_others(user.id, current=live.session.id)
        audit.record(Event.PASSWORD_CHANGED, user_id=user.id, address=caller.address)
        token = sessions.rotate(live, caller=caller, settings=service.settings)
    return changed, token


def _values(user: UserRecord, changes: dict[str, Any]) -> dict[str, Any]:
    """Give the columns that change. Raises `InvalidInput`."""
    values: dict[str, Any] = {"updated_at": clock.now()}
    if (username := changes.get("username")) is not None:
        username = text.username(username)
        accounts.check(username=text.username_fault(username))
        values |= {"username": username, "username_key": text.username_key(username)}
    if "avatar" in changes:
        accounts.check(
            avatar="Leave out control characters." if "\0" in (changes["avatar"] or "") else None
        )
        values["avatar"] = changes["avatar"] or None
    if changes.get("view") is not None:
        values["view"] = orjson.dumps(orjson.loads(user.view) | changes["view"]).decode()
    return values


def _store(user: UserRecord, values: dict[str, Any], *, caller: Caller) -> UserRecord:
    """Store, and give the user as it is then. Raises `SessionInvalid` when the account was deleted meanwhile."""
    query: Any = User.update(**values).where(User.id == user.id).returning(*USER_COLUMNS).tuples()
    rows = list(query.execute())
    if not rows:
        raise SessionInvalid(cause="the account was deleted meanwhile")
    changed = UserRecord._make(rows[0])
    if changed.username != user.username:
        audit.record(
            Event.USERNAME_CHANGED, user_id=user.id, address=caller.address, detail=changed.username
        )
    return changed


def check_password(password: str, *, username: str) -> None:
    """Raise `InvalidInput` for a new password that the policy refuses."""
    accounts.check(password=passwords.fault_in(password, username=username))


def api_token(user: UserRecord, *, service: Service) -> str:
    """Give the user's API token. Raises `TokenUnreadable` when it was sealed under another secret key."""
    sealed = User.select(User.token_sealed).where(User.id == user.id).scalar()
    if sealed is None:
        raise SessionInvalid(cause="the account was deleted meanwhile")
    try:
        return service.seal.open(sealed)
    except InvalidToken as error:
        raise TokenUnreadable from error


def new_api_token(user: UserRecord, *, caller: Caller, service: Service) -> str:
    """Replace the user's API token; the old one is refused from now on. Gives the new one."""
    token = tokens.new_token()
    with database.durable():
        _store(user, accounts.token_columns(service, token), caller=caller)
        audit.record(Event.TOKEN_CHANGED, user_id=user.id, address=caller.address)
    return token
