"""Signing in by passkey: the authentication ceremony, from options to session."""

from typing import Any

from app.core import assertions, clock, passkeys, sign_in_attempts, signin, tokens
from app.core.assertions import Shown
from app.core.context import Context
from app.core.mfa import factors, guards, policy
from app.core.mfa.proofs import Proved
from app.core.outcomes import reported
from app.core.sign_in_attempts import SecondStep
from app.core.signin import SignedIn, refusals_logged
from app.core.webauthn import challenges, options
from app.core.webauthn.errors import (
    BrowserUnbound,
    CounterWentBack,
    CredentialUnusable,
    PasswordFirst,
    SignInRefused,
    UserNotVerified,
)
from app.settings import Settings
from app.storage import database
from app.storage.models import User
from app.storage.records import SignInAttemptRecord
from app.storage.statements import USER_ENABLED


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
    credential: Any,
    browser: str | None,
    *,
    attempt: SignInAttemptRecord | None = None,
    steps: bool = True,
    context: Context,
) -> SignedIn | SecondStep:
    """Sign in by passkey, or do the first of two steps, where the policy asks for two.

    Every attempt consumes its challenge, if that can be read. If a sign-in is in
    progress that names a person, only a passkey of that account signs in. `steps` is
    whether the client knows second steps. Raises `BrowserUnbound`, `CredentialMissing`,
    `ChallengeUnknown`, `SignInRefused` and its children.
    """
    named = (attempt and attempt.identifier) or None
    with reported(challenges.AUTHENTICATION, context), refusals_logged(context) as about:
        passkeys.require_enabled(context.settings)
        if not browser:
            raise BrowserUnbound
        shown = assertions.read(
            credential, challenges.AUTHENTICATION, browser, about, named=named, context=context
        )
        try:
            return _admit(shown, attempt, steps=steps, context=context)
        except PasswordFirst:
            signin.record_policy_refusal(shown.user.id, context=context)
            raise


def _admit(
    shown: Shown, attempt: SignInAttemptRecord | None, *, steps: bool, context: Context
) -> SignedIn | SecondStep:
    """Store the use, and start the session or go on to the second step.

    Raises `CredentialUnusable` if the account is disabled, which only who has the key
    learns, and `CounterWentBack`.
    """
    passkey, user = shown.passkey, shown.user
    with database.transient():
        if not USER_ENABLED.one(id=user.id):
            raise CredentialUnusable(cause="the account is disabled or deleted")
        went_back = assertions.use(passkey, shown.assertion)
        # This suggests a copy. But a passkey that can be on several devices has no
        # useful counter, so there it is only recorded.
        refused = went_back and not passkey.backup_eligible
        result = None if refused else _next_step(shown, attempt, steps=steps, context=context)
    if went_back:
        assertions.record_went_back(shown, context=context)
    if isinstance(result, SignInRefused):
        raise result
    if result is None:
        count = shown.assertion.sign_count
        raise CounterWentBack(cause=f"count {count}, stored {passkey.sign_count}")
    return result


def _next_step(
    shown: Shown, attempt: SignInAttemptRecord | None, *, steps: bool, context: Context
) -> SignedIn | SecondStep | SignInRefused:
    """Return the session, or the second step that is due after a passkey without UV.

    UV satisfies every policy. A refusal is returned, so that the use stays stored.
    """
    user, proved = shown.user, shown.added_to(Proved(), clock.now())
    if proved.second_at is None:
        found = factors.of_user(user.id, context.settings)
        if not found.password:  # it is the only factor, so it has to be two
            return UserNotVerified()
        if policy.second_step_due(found, context.settings):
            if not steps:
                return PasswordFirst(cause="the policy asks for a second step")
            stored = User.select(User.password_hash).where(User.id == user.id).scalar()
            ways = guards.second_ways(proved, found)
            return sign_in_attempts.go_on(
                user, proved, stored, ways=ways, attempt=attempt, passkey_id=shown.passkey.id
            )
    if attempt:
        sign_in_attempts.end(attempt)
    started = signin.start(user.id, proved, context=context, passkey_id=shown.passkey.id)
    return SignedIn(user, *started)
