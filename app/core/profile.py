"""Changes to one's own account: name, avatar, view, password and API token."""

from typing import Any

import orjson

from app.core import accounts, api_tokens, audit, devices, password_policy, sessions, text, tokens
from app.core.account_errors import TokenUnreadable
from app.core.audit import Event
from app.core.changes import changing
from app.core.context import Context, Service
from app.core.sealing import SealBroken
from app.core.sessions import Live
from app.errors import SessionInvalid
from app.settings import Settings
from app.storage.models import User
from app.storage.records import UserRecord


def change(user: UserRecord, changes: dict[str, Any], *, context: Context) -> UserRecord:
    """Change username, avatar or view, and return the changed user.

    The members of `view` are merged into the stored ones. Raises `InvalidInput`,
    `UsernameTaken`, and what `changing` raises.
    """
    values = _values(changes)
    with accounts.unique_username(), changing(user, context=context, alone=True) as stored:
        return _store(stored, values, changes.get("view"), context=context)


def change_with_password(
    live: Live, changes: dict[str, Any], password: str, *, context: Context
) -> tuple[UserRecord, str]:
    """Change the password and the API token, and the rest as `change` does.

    All other sessions end and this one is replaced; all other devices are forgotten.
    Returns the user and the session's new token. Raises `InvalidInput`,
    `UsernameTaken`, and `SessionInvalid` if the session has ended meanwhile; then
    nothing is changed.
    """
    user, service = live.user, context.service
    values = _values(changes)
    username = values.get("username", user.username)
    check_password(password, username=username, settings=context.settings)
    values["password_hash"] = service.passwords.hash(password)
    values |= api_tokens.columns(service, user.id)
    with accounts.unique_username(), changing(user, context=context, alone=True) as stored:
        changed = _store(stored, values, changes.get("view"), context=context)
        sessions.end_others(user.id, current=live.session.id)
        devices.forget_others(user.id, context=context)
        audit.record(Event.PASSWORD_CHANGED, user_id=user.id, context=context)
        token = sessions.rotate(live, context=context)
    return changed, token


def _values(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that change, but for the view. Raises `InvalidInput`."""
    values: dict[str, Any] = {}
    if (username := changes.get("username")) is not None:
        username = text.username(username)
        accounts.check(username=text.username_fault(username))
        values |= {"username": username, "username_key": text.username_key(username)}
    if "avatar" in changes:
        avatar = changes["avatar"] or None
        accounts.check(avatar="Leave out control characters." if "\0" in (avatar or "") else None)
        values["avatar"] = avatar
    return values


def _store(
    user: UserRecord,
    values: dict[str, Any],
    view: dict[str, Any] | None = None,
    *,
    context: Context,
) -> UserRecord:
    """Store the values, and return the changed user.

    `view` is merged into the user's as Zipline does it: unlike in a JSON merge patch
    (RFC 7396), a null stays.
    """
    if view is not None:
        values["view"] = orjson.dumps(orjson.loads(user.view) | view).decode()
    if values:
        User.update(**values).where(User.id == user.id).execute()
    shown = {name: value for name, value in values.items() if name in UserRecord._fields}
    changed = user._replace(**shown)
    if changed.username != user.username:
        audit.record(
            Event.USERNAME_CHANGED, user_id=user.id, detail=changed.username, context=context
        )
    return changed


def check_password(password: str, *, username: str, settings: Settings) -> None:
    """Raise `InvalidInput` if the policy refuses the new password."""
    fault = password_policy.fault_in(password, username=username, settings=settings)
    accounts.check(password=fault)


def api_token(user: UserRecord, *, service: Service) -> str:
    """Return the user's API token.

    Raises `TokenUnreadable` if it was sealed with another secret key, for another
    user, or altered.
    """
    sealed = User.select(User.token_sealed).where(User.id == user.id).scalar()
    if sealed is None:
        raise SessionInvalid(cause="the account was deleted meanwhile")
    try:
        return service.seal.open(bytes(sealed), api_tokens.place(user.id))
    except SealBroken as error:
        raise TokenUnreadable(cause=str(error)) from error


def new_api_token(user: UserRecord, *, context: Context) -> tuple[UserRecord, str]:
    """Replace the user's API token; the old one is revoked.

    Returns the user as changed, and the new token. Raises what `changing` raises.
    """
    token = tokens.new_token()
    values = api_tokens.columns(context.service, user.id, token)
    with changing(user, context=context, alone=True) as stored:
        changed = _store(stored, values, context=context)
        audit.record(Event.TOKEN_CHANGED, user_id=user.id, context=context)
    return changed, token
