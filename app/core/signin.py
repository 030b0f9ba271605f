"""Signing in by password, and what every sign-in results in."""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from app.core import devices, sessions, text, throttle, tokens
from app.core.account_errors import AccountError, WrongPassword
from app.core.audit import logger
from app.core.context import Context, Service
from app.core.webauthn.errors import CeremonyError
from app.errors import Throttled
from app.storage import database
from app.storage.models import User
from app.storage.records import UserRecord
from app.storage.statements import DRAWN_PASSWORD_HASH


class Started(NamedTuple):
    """The token of a new session, and that of the device if it keeps cookies."""

    token: str
    device: str | None


class SignedIn(NamedTuple):
    """A user who has just signed in, and the tokens as in `Started`."""

    user: UserRecord
    token: str
    device: str | None


def start(
    user_id: str, methods: tuple[str, ...], *, context: Context, passkey_id: str | None = None
) -> Started:
    """Start a session and remember the device, in the current transaction."""
    token = sessions.start(user_id, methods, context=context, passkey_id=passkey_id)
    return Started(token, devices.remember(user_id, context=context))


def by_password(username: str, password: str, *, context: Context) -> SignedIn:
    """Sign in by password.

    Raises `Busy`, `Throttled`, or `WrongPassword`: after the same time for an unknown
    user.
    """
    with refusals_logged(context):
        user, started = _admitted(username, password, context=context)
    return logged(SignedIn(user, *started), ("pwd",), context=context)


def _admitted(username: str, password: str, *, context: Context) -> tuple[UserRecord, Started]:
    keys = text.username_keys(username)
    limits = throttle.limits(account=keys[-1], address=context.caller.address)
    with context.service.passwords.place():  # first: an attempt that is not judged must not count
        row = _find(keys)
        user_id = row.id if row and row.disabled_at is None else None
        counted = throttle.attempt(limits, device=devices.known(user_id, context=context))
        hashed = _judged(row, keys[-1], password, context.service)
    started = _start_if_unchanged(row, hashed, context=context) if row and hashed else None
    if row is None or started is None:
        raise WrongPassword
    throttle.succeeded(counted)
    return UserRecord._make(getattr(row, name) for name in UserRecord._fields), started


@contextlib.contextmanager
def refusals_logged(context: Context) -> Iterator[dict[str, str]]:
    """Log the refusal of a sign-in that the block raises, with the reason.

    Yields what the line tells, which the block may add to.
    """
    about = {"address": context.caller.address}
    try:
        yield about
    except (AccountError, CeremonyError, Throttled) as error:
        logger.info("account:login:refused", extra=about | {"detail": error.code})
        raise


def logged(result: SignedIn, methods: tuple[str, ...], *, context: Context) -> SignedIn:
    """Log a sign-in. In the database, the session is its record."""
    about = {"address": context.caller.address, "detail": " ".join(methods)}
    logger.info("account:login:succeeded", extra={"user": result.user.id, **about})
    return result


def _find(keys: tuple[str, ...]) -> User | None:
    """Return the account with one of these keys, the first if several are some's."""
    if "\0" in keys[0]:  # PostgreSQL takes no such text
        return None
    found = {row.username_key: row for row in User.select().where(User.username_key << keys)}
    return next((found[key] for key in keys if key in found), None)


def _judged(row: User | None, key: str, password: str, service: Service) -> str | None:
    """Return the hash to store from now on if the password is right, else None."""
    compared = _compared(row, key)
    right = service.passwords.matches(compared, password)
    if not right or row is None or row.password_hash is None or row.disabled_at is not None:
        return None
    outdated = service.passwords.outdated(row.password_hash)
    hashed: str = row.password_hash
    return service.passwords.hash_in_place(password) if outdated else hashed


def _compared(row: User | None, key: str) -> str | None:
    """Return the stored hash to compare the password with, or None if there is none.

    Without one of its own, a name gets that of some account, always the same: hashes
    that were made with other parameters take another time. It is drawn by the accounts'
    random handles, so names that are neighbours do not get it from each other.
    """
    [drawn] = DRAWN_PASSWORD_HASH.one(digest=tokens.digest(key))  # whether it is needed or not
    own = row and row.password_hash
    return own or drawn


def _start_if_unchanged(row: User, hashed: str | None, *, context: Context) -> Started | None:
    """Start the session, unless the account has changed while the password was hashed.

    That is: the password was changed, or the account disabled or deleted.
    """
    as_judged = (
        (User.id == row.id) & (User.password_hash == row.password_hash) & User.disabled_at.is_null()
    )
    with database.transient():
        if not User.update(password_hash=hashed).where(as_judged).execute():
            return None
        return start(row.id, ("pwd",), context=context)
