"""New accounts: the first one, and registration if the settings allow it."""

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any, NamedTuple

from peewee import IntegrityError

from app.core import (
    api_tokens,
    audit,
    clock,
    invites,
    password_policy,
    setup_codes,
    signin,
    text,
    throttle,
    tokens,
)
from app.core.account_errors import (
    AlreadySetUp,
    InviteInvalid,
    InvitesOff,
    RegistrationClosed,
    UsernameTaken,
)
from app.core.audit import Event
from app.core.context import Context, Service
from app.core.mfa.proofs import Proved
from app.core.signin import SignedIn
from app.errors import InvalidInput
from app.settings import Settings
from app.storage import database
from app.storage.models import User
from app.storage.records import UserRecord

SUPERADMIN, ORDINARY = "SUPERADMIN", "USER"


class Newcomer(NamedTuple):
    """The username and password chosen for a new account."""

    username: str
    password: str


def nobody_yet() -> bool:
    """Return whether there is no account yet, so that the first one can be created."""
    return not User.select(User.id).limit(1).exists()


def set_up(newcomer: Newcomer, code: str | None, *, context: Context) -> SignedIn:
    """Create the first account, a SUPERADMIN, and sign it in.

    Raises `AlreadySetUp`, `SetupCodeNeeded`, `InvalidInput`.
    """
    if not nobody_yet():
        raise AlreadySetUp
    setup_codes.check(code, context.settings)
    return _create(newcomer, code=None, only_first=True, context=context)


def register(newcomer: Newcomer, code: str | None, *, context: Context) -> SignedIn:
    """Create an account if REGISTRATION allows it or it is the first, and sign it in.

    `code` is an invite, for the first account a set-up code. Raises `SetupCodeNeeded`,
    `RegistrationClosed`, `InvitesOff`, `InviteInvalid`, `UsernameTaken`,
    `InvalidInput`, `Busy`, `Throttled`.
    """
    if nobody_yet():
        setup_codes.check(code, context.settings)
        with contextlib.suppress(AlreadySetUp):  # another was faster: the usual rules apply
            return _create(newcomer, code=None, only_first=True, context=context)
    _check_registration(code, context.settings)
    if not code:
        return _create(newcomer, code=None, only_first=False, context=context)
    # First: a refused name or password is no try of the code.
    check_newcomer(newcomer, context.settings)
    # No username has a control character, so this is the key of no account.
    counted = throttle.limits(account="\0invite codes", address=context.caller.address)
    hasher = context.service.passwords
    with hasher.place():  # nor is an attempt that there is no place to judge
        # Not counted for all networks together: a stranger could lock out all invited.
        throttle.attempt(counted[:2])
        row = _row(newcomer, hasher.hash_in_place(newcomer.password), context.service)
    try:
        result = _store(row, code=code, only_first=False, context=context)
    except UsernameTaken:  # revealed only with a valid code
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
    newcomer: Newcomer, *, code: str | None, only_first: bool, context: Context
) -> SignedIn:
    row = new_row(newcomer, context.service)
    return _store(row, code=code, only_first=only_first, context=context)


def _store(
    row: dict[str, Any], *, code: str | None, only_first: bool, context: Context
) -> SignedIn:
    with decided_who_is_first() as first:
        if only_first and not first:
            raise AlreadySetUp
        if code and not first:
            invites.redeem(code)
        user = insert(row, SUPERADMIN if first else ORDINARY, context=context)
        return SignedIn(
            user, *signin.start(user.id, Proved().with_password(clock.now()), context=context)
        )


@contextlib.contextmanager
def decided_who_is_first() -> Iterator[bool]:
    """Run the transaction that creates an account; yields whether it is the first.

    Raises `UsernameTaken`.
    """
    with unique_username(), database.durable():
        database.lock("first account")
        first = nobody_yet()
        yield first
        if first:
            setup_codes.forget()


@contextlib.contextmanager
def unique_username() -> Iterator[None]:
    """Raise `UsernameTaken` if the database refuses a username as a duplicate."""
    try:
        yield
    except IntegrityError as error:
        raise UsernameTaken(cause=str(error)) from error


def insert(row: dict[str, Any], role: str, *, context: Context) -> UserRecord:
    """Store the new account, in the current transaction."""
    row["role"] = role
    User.insert(**row).execute()
    audit.record(Event.ACCOUNT_CREATED, user_id=row["id"], context=context)
    return UserRecord._make(row[name] for name in UserRecord._fields)


def new_row(newcomer: Newcomer, service: Service) -> dict[str, Any]:
    """Return the columns of a new account. Raises `InvalidInput`."""
    check_newcomer(newcomer, service.settings)
    return _row(newcomer, service.passwords.hash(newcomer.password), service)


def check_newcomer(newcomer: Newcomer, settings: Settings) -> None:
    """Raise `InvalidInput` if the name or the password may not be used."""
    username = text.username(newcomer.username)
    check(
        username=text.username_fault(username),
        password=password_policy.fault_in(newcomer.password, username=username, settings=settings),
    )


def _row(newcomer: Newcomer, password_hash: str, service: Service) -> dict[str, Any]:
    user_id, username, now = tokens.new_id(), text.username(newcomer.username), clock.now()
    return {
        "id": user_id,
        "username": username,
        "username_key": text.username_key(username),
        "view": "{}",
        "avatar": None,
        "password_hash": password_hash,
        "user_handle": secrets.token_bytes(64),  # random, so it identifies no one (14.6.1)
        **api_tokens.columns(service, user_id),
        "created_at": now,
        "updated_at": now,
    }


def check(**faults: str | None) -> None:
    """Raise `InvalidInput` for the fields that have a fault."""
    found = {field: fault for field, fault in faults.items() if fault}
    if found:
        raise InvalidInput(**found)
