"""Signing in by password, and what every sign-in results in."""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from app.core import audit, clock, devices, sessions, sign_in_attempts, text, throttle, tokens
from app.core.account_errors import AccountError, WrongPassword
from app.core.audit import Event, logger
from app.core.context import Context, Service
from app.core.mfa import factors, guards, policy
from app.core.mfa.errors import MfaError
from app.core.mfa.proofs import Proved
from app.core.sign_in_attempts import SecondStep
from app.core.webauthn.errors import CeremonyError
from app.errors import Throttled
from app.storage import database
from app.storage.models import User
from app.storage.records import SignInAttemptRecord, UserRecord
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
    user_id: str, proved: Proved, *, context: Context, passkey_id: str | None = None
) -> Started:
    """Start a session and remember the device, in the current transaction."""
    token = sessions.start(user_id, proved, context=context, passkey_id=passkey_id)
    started = Started(token, devices.remember(user_id, context=context))
    audit.record(Event.SIGNED_IN, user_id=user_id, detail=" ".join(proved.amr), context=context)
    return started


def by_password(
    username: str,
    password: str,
    *,
    attempt: SignInAttemptRecord | None = None,
    context: Context,
) -> SignedIn | SecondStep:
    """Sign in by password, or do the first of two steps, where the policy asks for two.

    `attempt` is the sign-in in progress, if there is one; it ends or goes on. Raises
    `Busy`, `Throttled`, or `WrongPassword`: after the same time for an unknown user.
    """
    with refusals_logged(context):
        keys = text.username_keys(username)
        row = _find(keys)
        hashed = right_password(row, keys[-1], password, context=context)
        result = _admitted(row, hashed, attempt, context=context) if row and hashed else None
        if result is None:
            raise WrongPassword
    return result


def record_policy_refusal(user_id: str, *, context: Context) -> None:
    """Record that the policy refused a sign-in whose first step was right.

    The client knows none of the ways for the second.
    """
    with database.transient():
        audit.record(Event.POLICY_REFUSED, user_id=user_id, context=context)


def right_password(row: User | None, key: str, password: str, *, context: Context) -> str | None:
    """Return the hash to store from now on if the password is the account's, else None.

    `key` is what was typed as its name. Raises `Busy`, `Throttled`.
    """
    limits = throttle.limits(account=key, address=context.caller.address)
    with context.service.passwords.place():  # first: an attempt that is not judged must not count
        user_id = row.id if row and row.disabled_at is None else None
        counted = throttle.attempt(limits, device=devices.known(user_id, context=context))
        hashed = _judged(row, key, password, context.service)
    if hashed:
        throttle.succeeded(counted)
    return hashed


@contextlib.contextmanager
def refusals_logged(context: Context) -> Iterator[dict[str, str]]:
    """Log the refusal of a sign-in that the block raises, with the reason.

    Yields what the line tells, which the block may add to.
    """
    about = {"address": context.caller.address}
    try:
        yield about
    except (AccountError, CeremonyError, MfaError, Throttled) as error:
        logger.info("account:login:refused", extra=about | {"detail": error.code})
        raise


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


def _admitted(
    row: User, hashed: str, attempt: SignInAttemptRecord | None, *, context: Context
) -> SignedIn | SecondStep | None:
    """Start the session or go on to the second step.

    None if the account has changed while the password was hashed: it has another
    password, or was disabled or deleted.
    """
    as_judged = (
        (User.id == row.id) & (User.password_hash == row.password_hash) & User.disabled_at.is_null()
    )
    user = UserRecord._make(getattr(row, name) for name in UserRecord._fields)
    proved = Proved().with_password(clock.now())
    with database.transient():
        if not User.update(password_hash=hashed).where(as_judged).execute():
            return None
        found = factors.of_user(row.id, context.settings)
        if policy.second_step_due(found, context.settings):
            ways = guards.second_ways(proved, found)
            return sign_in_attempts.go_on(user, proved, hashed, ways=ways, attempt=attempt)
        if attempt:
            sign_in_attempts.end(attempt)
        return SignedIn(user, *start(row.id, proved, context=context))
