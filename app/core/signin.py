"""Signing in by password, and what every sign-in results in."""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from app.core import sessions, text, throttle
from app.core.account_errors import AccountError, WrongPassword
from app.core.audit import logger
from app.core.context import Context, Service
from app.core.webauthn.errors import CeremonyError
from app.storage import database
from app.storage.models import User
from app.storage.records import UserRecord


class SignedIn(NamedTuple):
    """A user who has just signed in, and the token of the new session."""

    user: UserRecord
    token: str


def by_password(username: str, password: str, *, context: Context) -> SignedIn:
    """Sign in by password.

    Raises `Throttled`, or `WrongPassword`: after the same time for an unknown user.
    """
    keys = text.username_keys(username)
    counted = throttle.limits(account=keys[-1], address=context.caller.address)
    with context.service.passwords.place():  # first: an attempt that is not judged must not count
        throttle.attempt(counted)
        row, rehashed = _judged(keys, password, context.service)
    token = _start_if_unchanged(row, rehashed, context=context) if row else None
    if row is None or token is None:
        with refusals_logged(context):
            raise WrongPassword
    throttle.succeeded(counted)
    user = UserRecord._make(getattr(row, name) for name in UserRecord._fields)
    return logged(SignedIn(user, token), ("pwd",), context=context)


@contextlib.contextmanager
def refusals_logged(context: Context) -> Iterator[dict[str, str]]:
    """Log the refusal of a sign-in that the block raises, with the reason.

    Yields what the line tells, which the block may add to.
    """
    about = {"address": context.caller.address}
    try:
        yield about
    except (AccountError, CeremonyError) as error:
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


def _judged(
    keys: tuple[str, ...], password: str, service: Service
) -> tuple[User | None, str | None]:
    """Return the user if the password is right, and the hash to store from now on."""
    row = _find(keys)
    stored = row.password_hash if row and row.disabled_at is None else None
    if not service.passwords.matches(stored, password) or stored is None:
        return None, None
    outdated = service.passwords.outdated(stored)
    return row, service.passwords.hash_in_place(password) if outdated else stored


def _start_if_unchanged(row: User, hashed: str | None, *, context: Context) -> str | None:
    """Start the session, unless the account has changed while the password was hashed.

    That is: the password was changed, or the account disabled or deleted.
    """
    as_judged = (
        (User.id == row.id) & (User.password_hash == row.password_hash) & User.disabled_at.is_null()
    )
    with database.transient():
        if not User.update(password_hash=hashed).where(as_judged).execute():
            return None
        return sessions.start(row.id, ("pwd",), context=context)
