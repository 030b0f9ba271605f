"""Changes to one's own account: name, avatar, view, password, wish to be asked."""

from collections.abc import Callable
from typing import Any

import orjson

from app.core import (
    accounts,
    api_tokens,
    audit,
    clock,
    devices,
    password_policy,
    session_renewal,
    sign_in_attempts,
    text,
)
from app.core.audit import Event
from app.core.changes import changing
from app.core.context import Context
from app.core.mfa import factors, recovery, step_up, totp
from app.core.mfa.errors import NoSecondFactor, PasswordNeeded, SecondFactorRequired
from app.core.mfa.guards import Guard
from app.core.mfa.policy import Standing
from app.core.mfa.proofs import Proved
from app.core.sessions import Live
from app.settings import Settings
from app.storage.models import User
from app.storage.records import UserRecord


def change(user: UserRecord, changes: dict[str, Any], *, context: Context) -> UserRecord:
    """Change username, avatar or view, and return the changed user.

    The members of `view` are merged into the stored ones. A new username needs a recent
    proof. Raises `InvalidInput`, `UsernameTaken`, and what `changing` raises.
    """
    values = _values(changes)
    guard = Guard.RECENT if values.get("username", user.username) != user.username else Guard.WHOLE
    rename = changing(user, context=context, alone=True, guard=guard)
    with accounts.unique_username(), rename as stored:
        return _store(stored, values, changes.get("view"), context=context)


def change_with_password(
    live: Live,
    changes: dict[str, Any],
    password: str,
    *,
    current: str | None = None,
    context: Context,
) -> tuple[UserRecord, str]:
    """Change the password and the API token, and the rest as `change` does.

    It needs a recent proof, or the `current` password, which is one. All other sessions
    end, with sign-ins under way and links; all other devices are forgotten. Returns the
    user and the session's new token. Raises `InvalidInput`, `UsernameTaken`,
    `WrongPassword`, and what `changing` raises; then nothing is changed.
    """
    user, service = live.user, context.service
    if changes and live.standing is Standing.RECOVERING:
        raise SecondFactorRequired
    values = _values(changes)
    username = values.get("username", user.username)
    check_password(password, username=username, settings=context.settings)
    if current is not None:
        step_up.confirm_password(live, current, context=context)
    values["password_hash"] = service.passwords.hash(password)
    values |= api_tokens.columns(service, user.id)
    guard = _guard(live, Guard.RECENT if current is None else Guard.WHOLE)
    replace = changing(user, context=context, alone=True, guard=guard)
    with accounts.unique_username(), replace as stored:
        changed = _store(stored, values, changes.get("view"), context=context)
        recovery.end_all_else(user.id, current=live.session.id)
        devices.forget_others(user.id, context=context)
        audit.record(Event.PASSWORD_CHANGED, user_id=user.id, context=context)
        # Who knows the password alone must not get new tries at codes by changing it.
        anew = current is None
        token = session_renewal.renew(
            live.session, _prove_password(live, context), keeps_wrong=not anew, context=context
        )
    if anew:
        totp.forget_wrong_codes(user.id)
    return changed, token


def _guard(live: Live, usual: Guard) -> Guard:
    return Guard.ENROLS if live.standing is Standing.RECOVERING else usual


def _prove_password(live: Live, context: Context) -> Callable[[Proved], Proved]:
    """Return what a new password proves: nothing beside a link, if there are factors.

    Otherwise whoever has the link could leave out the second step for good.
    """
    recovering = live.standing is Standing.RECOVERING

    def prove(proved: Proved) -> Proved:
        if recovering and factors.of_user(live.user.id, context.settings).second:
            return proved
        return proved.with_password(clock.now())

    return prove


def remove_password(live: Live, *, context: Context) -> UserRecord:
    """Remove the password; from then on none is accepted, and passkeys need UV.

    Returns the user as changed. Raises `PasswordNeeded` if the loss of one passkey
    would lock the person out, and what `changing` raises.
    """
    user = live.user
    with changing(user, context=context, guard=Guard.RECENT) as changed:
        if not factors.of_user(user.id, context.settings).can_do_without_password:
            raise PasswordNeeded
        User.update(password_hash=None).where(User.id == user.id).execute()
        sign_in_attempts.end_of_user(user.id)
        audit.record(Event.PASSWORD_REMOVED, user_id=user.id, context=context)
    return changed


def set_always_asks(live: Live, wanted: bool, *, context: Context) -> UserRecord:
    """Note whether the person wants a second step where the policy asks for none.

    Returns the user as changed. Raises `NoSecondFactor`, and what `changing` raises.
    """
    user = live.user
    with changing(user, context=context, guard=Guard.RECENT) as changed:
        if wanted and not factors.of_user(user.id, context.settings).second:
            raise NoSecondFactor
        User.update(always_asks=wanted or None).where(User.id == user.id).execute()
        detail = "on" if wanted else "off"
        audit.record(Event.ALWAYS_ASKS_CHANGED, user_id=user.id, detail=detail, context=context)
    return changed


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
