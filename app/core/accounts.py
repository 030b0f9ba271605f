"""New accounts: the first one, and registration as the settings allow it."""

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any, NamedTuple

from peewee import IntegrityError

from app.core import audit, clock, invites, passwords, sessions, text, throttle, tokens
from app.core.audit import Event
from app.core.caller import Caller
from app.core.service import Service
from app.core.signin import SignedIn
from app.errors import (
    AlreadySetUp,
    InvalidInput,
    InviteInvalid,
    InvitesOff,
    RegistrationClosed,
    UsernameTaken,
)
from app.settings import Settings
from app.storage import database
from app.storage.models import User
from app.storage.records import UserRecord

SUPERADMIN, ORDINARY = "SUPERADMIN", "USER"


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
        with contextlib.suppress(
            AlreadySetUp
        ):  # then somebody was faster, and the usual rules hold
            return _create(newcomer, code=None, only_first=True, caller=caller, service=service)
    _check_registration(code, service.settings)
    if not code:
        return _create(newcomer, code=None, only_first=False, caller=caller, service=service)
    counted = throttle.limits(
        account="\0invite codes", address=caller.address
    )  # no username has a control character
    throttle.attempt(
        counted[:2]
    )  # not for everybody together: a stranger could keep all invited people out
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


def _create(
    newcomer: Newcomer, *, code: str | None, only_first: bool, caller: Caller, service: Service
) -> SignedIn:
    row = new_row(newcomer, service)
    with decided_who_is_first() as first:
        if only_first and not first:
            raise AlreadySetUp
        if code and not first:
            invites.redeem(code)
        user = insert(row, SUPERADMIN if first else ORDINARY, caller=caller)
        return SignedIn(
            user, sessions.start(user.id, ("pwd",), caller=caller, settings=service.settings)
        )


@contextlib.contextmanager
def decided_who_is_first() -> Iterator[bool]:
    """Run the transaction that makes an account; says whether it is the first. Raises `UsernameTaken`."""
    with unique_username(), database.durable():
        database.lock("first account")
        yield nobody_yet()


@contextlib.contextmanager
def unique_username() -> Iterator[None]:
    """Let the database decide between two who want the same name; raises `UsernameTaken`."""
    try:
        yield
    except IntegrityError as error:
        raise UsernameTaken(cause=str(error)) from error


def insert(row: dict[str, Any], role: str, *, caller: Caller) -> UserRecord:
    """Store the new account, in the transaction that is open."""
    row["role"] = role
    User.insert(**row).execute()
    audit.record(Event.ACCOUNT_CREATED, user_id=row["id"], address=caller.address)
    return UserRecord._make(row[name] for name in UserRecord._fields)


def new_row(newcomer: Newcomer, service: Service) -> dict[str, Any]:
    """Give the columns of a new account. Raises `InvalidInput`."""
    username, now = text.username(newcomer.username), clock.now()
    check(
        username=text.username_fault(username),
        password=passwords.fault_in(newcomer.password, username=username),
    )
    return {
        "id": tokens.new_id(),
        "username": username,
        "username_key": text.username_key(username),
        "view": "{}",
        "avatar": None,
        "password_hash": service.passwords.hash(newcomer.password),
        "user_handle": secrets.token_bytes(64),  # 14.6.1: random, so that it names nobody
        **token_columns(service),
        "created_at": now,
        "updated_at": now,
    }


def check(**faults: str | None) -> None:
    """Raise `InvalidInput` for the fields that have a fault."""
    found = {field: fault for field, fault in faults.items() if fault}
    if found:
        raise InvalidInput(**found)


def token_columns(service: Service, token: str | None = None) -> dict[str, Any]:
    """Give the columns of an API token, by default of a new one that nobody has seen."""
    token = token or tokens.new_token()
    return {"token_digest": tokens.digest(token), "token_sealed": service.seal.close(token)}
