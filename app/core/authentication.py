"""Signing in by passkey: the authentication ceremony, from options to session."""

from typing import Any

from app.core import audit, clock, passkeys, signin, tokens
from app.core.audit import Event
from app.core.context import Context
from app.core.outcomes import reported
from app.core.signin import SignedIn, Started, logged, refusals_logged
from app.core.webauthn import challenges, options, relying_party
from app.core.webauthn.errors import (
    BrowserUnbound,
    CounterWentBack,
    CredentialMissing,
    CredentialUnknown,
    CredentialUnusable,
)
from app.core.webauthn.results import Assertion
from app.settings import Settings
from app.storage import database
from app.storage.records import PasskeyRecord, UserRecord
from app.storage.statements import PASSKEY_AND_USER, PASSKEY_USED, USER_ENABLED

_PASSKEY_COLUMNS = len(PasskeyRecord._fields)


def begin(browser: str | None, *, settings: Settings) -> tuple[str, dict[str, Any]]:
    """Start a sign-in by passkey.

    Returns the browser's binding and PublicKeyCredentialRequestOptionsJSON. A browser
    keeps its binding, so that each of several tabs can have a ceremony in progress.
    """
    passkeys.require_enabled(settings)
    if browser is None or not tokens.looks_like_token(browser):
        browser = tokens.new_token()
    challenge = challenges.issue(challenges.AUTHENTICATION, settings, browser=browser)
    return browser, options.request_options(challenge, settings=settings)


def finish(
    credential: Any, browser: str | None, *, named: str | None = None, context: Context
) -> SignedIn:
    """Sign in by passkey. Every attempt consumes its challenge, if that can be read.

    If the person was `named` before, only a passkey of the account with this username
    signs in. Raises `BrowserUnbound`, `CredentialMissing`, `ChallengeUnknown`,
    `SignInRefused` and its children.
    """
    with reported(challenges.AUTHENTICATION, context), refusals_logged(context) as about:
        passkeys.require_enabled(context.settings)
        if not browser:
            raise BrowserUnbound
        if not credential:
            raise CredentialMissing
        passkey, user, assertion = _verified(
            credential, browser, about, named=named, settings=context.settings
        )
        methods = _methods(passkey, assertion)
        started = _admit(passkey, user, assertion, methods, context=context)
    return logged(SignedIn(user, *started), methods, context=context)


def _verified(
    credential: Any,
    browser: str,
    about: dict[str, str],
    *,
    named: str | None,
    settings: Settings,
) -> tuple[PasskeyRecord, UserRecord, Assertion]:
    """Consume the challenge, find the passkey, and verify what it signed.

    `about` is told the user, for the log.
    """
    response = relying_party.read_authentication(credential)
    challenge = challenges.consume(
        response.challenge, challenges.AUTHENTICATION, rp_id=settings.rp_id, browser=browser
    )
    passkey, user = _find(relying_party.credential_id(response))
    about["user"] = user.id
    if passkey.rp_id != challenge.rp_id:
        raise CredentialUnusable(cause=f"the passkey was made for {passkey.rp_id}")
    assertion = relying_party.verify_authentication(
        response, challenge, passkey, user, named=named, settings=settings
    )
    return passkey, user, assertion


def _admit(
    passkey: PasskeyRecord,
    user: UserRecord,
    assertion: Assertion,
    methods: tuple[str, ...],
    *,
    context: Context,
) -> Started:
    """Store the use, and start the session.

    Raises `CredentialUnusable` if the account is disabled, which only who has the key
    learns, and `CounterWentBack`.
    """
    with database.transient():
        if not USER_ENABLED.one(id=user.id):
            raise CredentialUnusable(cause="the account is disabled or deleted")
        went_back = _use(passkey, assertion)
        # This suggests a copy. But a passkey that can be on several devices has no
        # useful counter, so there it is only recorded.
        refused = went_back and not passkey.backup_eligible
        started = (
            None
            if refused
            else signin.start(user.id, methods, context=context, passkey_id=passkey.id)
        )
    if went_back:
        with database.durable():
            audit.record(
                Event.COUNTER_WENT_BACK, user_id=user.id, detail=passkey.id, context=context
            )
    if started is None:
        raise CounterWentBack(cause=f"count {assertion.sign_count}, stored {passkey.sign_count}")
    return started


def _find(credential_id: bytes) -> tuple[PasskeyRecord, UserRecord]:
    """Find the credential record and its user by the credential's id (7.2 step 6).

    Pages have devices forget what is unknown, so that nothing else is called that.
    """
    row = PASSKEY_AND_USER.one(credential_id=credential_id)
    if row is None:
        raise CredentialUnknown(cause="no passkey has this credential id")
    passkey = PasskeyRecord._make(row[:_PASSKEY_COLUMNS])
    return passkey, UserRecord._make(row[_PASSKEY_COLUMNS:])


def _methods(passkey: PasskeyRecord, assertion: Assertion) -> tuple[str, ...]:
    """Return the methods as RFC 8176 names them.

    A synced key counts as software; user verification counts as a second factor.
    """
    methods = ("swk" if passkey.backup_eligible else "hwk", "user")
    return (*methods, "mfa") if assertion.user_verified else methods


def _use(passkey: PasskeyRecord, assertion: Assertion) -> bool:
    """Store the counter and the use, and return whether the counter went back.

    If it did, a single-device passkey is left unchanged. This is 7.2 steps 23 and 25,
    judged by the count stored at the moment of writing, not by the one read before.
    """
    now, count, stored = clock.now(), assertion.sign_count, passkey.sign_count
    while True:
        went_back = bool(count or stored) and count <= stored
        if went_back and not passkey.backup_eligible:
            return True
        if PASSKEY_USED.change(
            sign_count=max(count, stored),
            backed_up=assertion.backed_up,
            now=now,
            user_id=passkey.user_id,
            id=passkey.id,
            old_sign_count=stored,
        ):
            return went_back
        row = PASSKEY_AND_USER.one(credential_id=passkey.credential_id)
        if row is None:
            raise CredentialUnknown(cause="the passkey was deleted meanwhile")
        stored = PasskeyRecord._make(row[:_PASSKEY_COLUMNS]).sign_count  # another was faster
