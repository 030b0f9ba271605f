"""Who signs in, and by which methods: a password, or a passkey that verifies."""

from typing import Any, NamedTuple

from app.core import audit, clock, passkeys, passwords, sessions, text, throttle, tokens
from app.core.audit import Event, logger
from app.core.caller import Caller
from app.core.observed import observed
from app.core.service import Service
from app.core.webauthn import challenges, relying_party
from app.core.webauthn.relying_party import Assertion
from app.errors import (
    BrowserUnbound,
    CounterWentBack,
    CredentialMissing,
    CredentialUnknown,
    WrongPassword,
)
from app.settings import Settings
from app.storage import database
from app.storage.models import User
from app.storage.records import PasskeyRecord, UserRecord
from app.storage.statements import PASSKEY_AND_USER, PASSKEY_USED

_PASSKEY_COLUMNS = len(PasskeyRecord._fields)


class SignedIn(NamedTuple):
    """A person who has just signed in, with the token of the session that began."""

    user: UserRecord
    token: str


def by_password(username: str, password: str, *, caller: Caller, service: Service) -> SignedIn:
    """Sign in by password. Raises `WrongPassword`, the same after the same time for an unknown user, or `Throttled`."""
    key = text.username_key(username)
    counted = throttle.limits(account=key, address=caller.address)
    with passwords.place():  # first: an attempt that nobody judges must not count
        throttle.attempt(counted)
        row, rehashed = _judged(key, password, service)
    token = (
        _start_if_unchanged(row, rehashed, caller=caller, settings=service.settings)
        if row
        else None
    )
    if row is None or token is None:
        logger.info("account:login:refused", extra={"address": caller.address})
        raise WrongPassword
    throttle.succeeded(counted)
    user = UserRecord._make(getattr(row, name) for name in UserRecord._fields)
    return _told(SignedIn(user, token), ("pwd",), caller=caller)


def _told(result: SignedIn, methods: tuple[str, ...], *, caller: Caller) -> SignedIn:
    """Tell the log of a sign-in; in the database its session is the trace."""
    logger.info(
        "account:login:succeeded",
        extra={"user": result.user.id, "address": caller.address, "detail": " ".join(methods)},
    )
    return result


def _judged(key: str, password: str, service: Service) -> tuple[User | None, str | None]:
    """Give the user whose password this is, or None, and the hash to store from now on."""
    row = User.get_or_none(User.username_key == key) if "\0" not in key else None
    stored = row.password_hash if row and row.disabled_at is None else None
    if not service.passwords.matches(stored, password) or stored is None:
        return None, None
    return row, service.passwords.hash_in_place(password) if service.passwords.outdated(
        stored
    ) else stored


def _start_if_unchanged(
    row: User, hashed: str | None, *, caller: Caller, settings: Settings
) -> str | None:
    """Start the session, unless the password was changed or the account disabled or deleted while it was hashed."""
    as_judged = (
        (User.id == row.id) & (User.password_hash == row.password_hash) & User.disabled_at.is_null()
    )
    with database.transient():
        if not User.update(password_hash=hashed).where(as_judged).execute():
            return None
        return sessions.start(row.id, ("pwd",), caller=caller, settings=settings)


def begin_passkey(browser: str | None, *, settings: Settings) -> tuple[str, dict[str, Any]]:
    """Start a sign-in by passkey; gives the browser's binding and PublicKeyCredentialRequestOptionsJSON.

    A browser that has a binding keeps it, so that several tabs can each have a ceremony under way.
    """
    passkeys.require_enabled(settings)
    if browser is None or not tokens.looks_like_token(browser):
        browser = tokens.new_token()
    challenge = challenges.issue(challenges.AUTHENTICATION, settings, browser=browser)
    return browser, relying_party.request_options(challenge, settings=settings)


@observed(challenges.AUTHENTICATION)
def by_passkey(
    credential: Any, browser: str | None, *, caller: Caller, settings: Settings
) -> SignedIn:
    """Sign in by passkey: every attempt whose challenge can be read burns it.

    Raises `BrowserUnbound`, `CredentialMissing`, `ChallengeUnknown`, `SignInRefused` and its children.
    """
    passkeys.require_enabled(settings)
    if not browser:
        raise BrowserUnbound
    if not credential:
        raise CredentialMissing
    response = relying_party.read_authentication(credential)
    challenge = challenges.consume(
        response.challenge, challenges.AUTHENTICATION, rp_id=settings.rp_id, browser=browser
    )
    passkey, user = _find(relying_party.credential_id(response), rp_id=challenge.rp_id)
    assertion = relying_party.verify_authentication(
        response, challenge, passkey, user, settings=settings
    )
    with database.transient():
        went_back = _use(passkey, assertion)
        # A copy is suspected; but a passkey on several devices has no useful counter, so there it is only noted.
        refused = went_back and not passkey.backup_eligible
        methods = _methods(passkey, assertion)
        token = (
            "" if refused else sessions.start(user.id, methods, caller=caller, settings=settings)
        )
    if went_back:
        with database.durable():
            audit.record(
                Event.COUNTER_WENT_BACK, user_id=user.id, address=caller.address, detail=passkey.id
            )
    if refused:
        raise CounterWentBack(cause=f"count {assertion.sign_count}, stored {passkey.sign_count}")
    return _told(SignedIn(user, token), methods, caller=caller)


def _find(credential_id: bytes, *, rp_id: str) -> tuple[PasskeyRecord, UserRecord]:
    """Find the credential record and its user by the credential's id (7.2 step 6)."""
    row = PASSKEY_AND_USER.one(credential_id)
    if row is None:
        raise CredentialUnknown(cause="no passkey of an enabled account has this credential id")
    passkey = PasskeyRecord._make(row[:_PASSKEY_COLUMNS])
    if passkey.rp_id != rp_id:
        raise CredentialUnknown(cause=f"the passkey was made for {passkey.rp_id}")
    return passkey, UserRecord._make(row[_PASSKEY_COLUMNS:])


def _methods(passkey: PasskeyRecord, assertion: Assertion) -> tuple[str, ...]:
    """Name the methods as RFC 8176 does: a key in software where it is synced, presence, and a second factor by UV."""
    methods = ("swk" if passkey.backup_eligible else "hwk", "user")
    return (*methods, "mfa") if assertion.user_verified else methods


def _use(passkey: PasskeyRecord, assertion: Assertion) -> bool:
    """Store the counter and the use, and say whether the counter went back; then a single-device one is left as it was.

    7.2 steps 23 and 25, decided by the stored count at the moment of writing, not the one that was read before.
    """
    now, count, stored = clock.now(), assertion.sign_count, passkey.sign_count
    while True:
        went_back = bool(count or stored) and count <= stored
        if went_back and not passkey.backup_eligible:
            return True
        if PASSKEY_USED.change(
            max(count, stored), assertion.backed_up, now, now, passkey.user_id, passkey.id, stored
        ):
            return went_back
        row = PASSKEY_AND_USER.one(passkey.credential_id)  # another sign-in was faster
        if row is None:
            raise CredentialUnknown(cause="the passkey was deleted meanwhile")
        stored = PasskeyRecord._make(row[:_PASSKEY_COLUMNS]).sign_count
