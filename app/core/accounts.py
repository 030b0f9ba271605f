"""Accounts: the first one, registration, and what their owners may change."""

import contextlib
import secrets
from typing import Any, NamedTuple

import orjson
from cryptography.fernet import InvalidToken
from peewee import IntegrityError

from app import database
from app.core import audit, clock, invites, passwords, sessions, text, throttle, tokens
from app.core.audit import Event
from app.core.caller import Caller
from app.core.service import Service
from app.core.sessions import Live
from app.core.signin import SignedIn
from app.errors import (
    AlreadySetUp,
    InvalidInput,
    InviteInvalid,
    InvitesOff,
    RegistrationClosed,
    TokenUnreadable,
    UsernameTaken,
)
from app.models import User
from app.settings import Settings
from app.statements import USER_COLUMNS, UserRecord

SUPERADMIN, ORDINARY = "SUPERADMIN", "USER"
NOBODY_YET = "first account"  # the lock under which it is decided who is first


class Newcomer(NamedTuple):
    """The name and password that somebody asks for."""

    username: str
    password: str


def nobody_yet() -> bool:
    """Say whether there is no account at all, so that the first one can be made."""
    return not User.select(User.id).limit(1).exists()


def set_up(newcomer: Newcomer, *, caller: Caller, service: Service) -> SignedIn:
    """Make the first account, a SUPERADMIN, and sign it in. Raises `AlreadySetUp`, `InvalidInput`."""
    if not nobody_yet():
        raise AlreadySetUp
    return _create(newcomer, code=None, only_first=True, caller=caller, service=service)


def register(newcomer: Newcomer, code: str | None, *, caller: Caller, service: Service) -> SignedIn:
    """Make an account as REGISTRATION allows, or the first one always, and sign it in.

    Raises `RegistrationClosed`, `InvitesOff`, `InviteInvalid`, `UsernameTaken`, `InvalidInput`, `Throttled`.
    """
    if nobody_yet():
        with contextlib.suppress(AlreadySetUp):  # then somebody was faster, and the usual rules hold
            return _create(newcomer, code=None, only_first=True, caller=caller, service=service)
    _check_registration(code, service.settings)
    if not code:
        return _create(newcomer, code=None, only_first=False, caller=caller, service=service)
    counted = throttle.limits(account="\0invite codes", address=caller.address)  # no username has a control character
    throttle.attempt(counted[:2])  # not for everybody together: a stranger could keep all invited people out
    try:
        result = _create(newcomer, code=code, only_first=False, caller=caller, service=service)
    except UsernameTaken:  # which only who has a good code is told
        throttle.succeeded(counted)
        raise
    throttle.succeeded(counted)
    return result


def _check_registration(code: str | None, settings: Settings) -> None:
    if code and settings.registration != "invite":
        raise InvitesOff
    if settings.registration == "closed":
        raise RegistrationClosed
    if settings.registration == "invite" and not code:
        raise InviteInvalid("An invite code is needed to register here.")


def _create(newcomer: Newcomer, *, code: str | None, only_first: bool, caller: Caller, service: Service) -> SignedIn:
    row = new_row(newcomer, service)
    try:
        with database.durable():
            database.lock(NOBODY_YET)
            first = nobody_yet()
            if only_first and not first:
                raise AlreadySetUp
            if first:
                row["role"] = SUPERADMIN
            elif code:
                invites.redeem(code)
            User.insert(**row).execute()
            audit.record(Event.ACCOUNT_CREATED, user_id=row["id"], address=caller.address)
            token = sessions.start(row["id"], ("pwd",), caller=caller, settings=service.settings)
    except IntegrityError as error:
        raise UsernameTaken(cause=str(error)) from error
    return SignedIn(UserRecord._make(row[name] for name in UserRecord._fields), token)


def new_row(newcomer: Newcomer, service: Service) -> dict[str, Any]:
    """Give the columns of a new account. Raises `InvalidInput`."""
    username, now = text.username(newcomer.username), clock.now()
    _check(username=text.username_fault(username), password=passwords.fault_in(newcomer.password, username=username))
    return {
        "id": tokens.new_id(),
        "username": username,
        "username_key": text.username_key(username),
        "role": ORDINARY,
        "view": "{}",
        "avatar": None,
        "password_hash": service.passwords.hash(newcomer.password),
        "user_handle": secrets.token_bytes(64),  # 14.6.1: random, so that it names nobody
        **token_columns(service),
        "created_at": now,
        "updated_at": now,
    }


def _check(**faults: str | None) -> None:
    found = {field: fault for field, fault in faults.items() if fault}
    if found:
        raise InvalidInput(**found)


def change(user: UserRecord, changes: dict[str, Any]) -> UserRecord:
    """Change username, avatar or view (its members are merged); gives the user as it is then.

    Raises `InvalidInput`, `UsernameTaken`.
    """
    values: dict[str, Any] = {"updated_at": clock.now()}
    if (username := changes.get("username")) is not None:
        username = text.username(username)
        _check(username=text.username_fault(username))
        values |= {"username": username, "username_key": text.username_key(username)}
    if "avatar" in changes:
        _check(avatar="Leave out control characters." if "\0" in (changes["avatar"] or "") else None)
        values["avatar"] = changes["avatar"] or None
    if changes.get("view") is not None:
        values["view"] = orjson.dumps(orjson.loads(user.view) | changes["view"]).decode()
    try:
        with database.durable():
            User.update(**values).where(User.id == user.id).execute()
            if "username" in values and values["username"] != user.username:
                audit.record(Event.USERNAME_CHANGED, user_id=user.id, address="", detail=values["username"])
    except IntegrityError as error:
        raise UsernameTaken(cause=str(error)) from error
    row: Any = User.select(*USER_COLUMNS).where(User.id == user.id).tuples().get()
    return UserRecord._make(row)


def check_password(password: str, *, username: str) -> None:
    """Raise `InvalidInput` for a new password that the policy refuses."""
    _check(password=passwords.fault_in(password, username=username))


def token_columns(service: Service, token: str | None = None) -> dict[str, Any]:
    """Give the columns of an API token, by default of a new one that nobody has seen."""
    token = token or tokens.new_token()
    return {"token_digest": tokens.digest(token), "token_sealed": service.seal.close(token)}


def change_password(live: Live, password: str, *, caller: Caller, service: Service) -> str:
    """Change the password and with it the API token, end all other sessions and replace this one.

    Gives the session's new token. Raises `InvalidInput`, and `SessionInvalid` when it was ended meanwhile.
    """
    user = live.user
    check_password(password, username=user.username)
    hashed = service.passwords.hash(password)
    with database.durable():
        User.update(password_hash=hashed, updated_at=clock.now(), **token_columns(service)).where(
            User.id == user.id
        ).execute()
        sessions.end_others(user.id, current=live.session.id)
        audit.record(Event.PASSWORD_CHANGED, user_id=user.id, address=caller.address)
        return sessions.rotate(live, caller=caller, settings=service.settings)


def api_token(user: UserRecord, *, service: Service) -> str:
    """Give the user's API token. Raises `TokenUnreadable` when it was sealed under another secret key."""
    try:
        return service.seal.open(User.select(User.token_sealed).where(User.id == user.id).scalar())
    except InvalidToken as error:
        raise TokenUnreadable from error


def new_api_token(user: UserRecord, *, caller: Caller, service: Service) -> str:
    """Replace the user's API token; the old one is refused from now on. Gives the new one."""
    token = tokens.new_token()
    with database.durable():
        User.update(**token_columns(service, token)).where(User.id == user.id).execute()
        audit.record(Event.TOKEN_CHANGED, user_id=user.id, address=caller.address)
    return token
