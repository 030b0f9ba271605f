"""The second step of a sign-in whose first has succeeded."""

from typing import Any

from app.core import assertions, sign_in_attempts, signin
from app.core.context import Context
from app.core.mfa import answers, factors, guards, proofs, totp
from app.core.mfa.answers import Answer, Occasion
from app.core.mfa.errors import CodeNotTaken
from app.core.mfa.proofs import Proved
from app.core.outcomes import judging
from app.core.sign_in_attempts import SecondStep, SignInUnknown
from app.core.signin import SignedIn, refusals_logged
from app.core.webauthn.challenges import SECOND_STEP
from app.settings import Settings
from app.storage import database
from app.storage.mfa_statements import USER_KEPT
from app.storage.models import User
from app.storage.records import SignInAttemptRecord, UserRecord


def waiting(binding: str | None, *, settings: Settings) -> SecondStep:
    """Return the sign-in of this browser that waits for its second step.

    Account, password and policy are read again: what has changed since the first step
    counts. Raises `SignInUnknown`.
    """
    attempt = sign_in_attempts.current(binding)
    if attempt is None or attempt.user_id is None or binding is None:
        raise SignInUnknown
    row = User.get_or_none(User.id == attempt.user_id, User.disabled_at.is_null())
    if row is None or not _as_then(row.password_hash, attempt):
        raise SignInUnknown(cause="the account has changed since the first step")
    user = UserRecord._make(getattr(row, name) for name in UserRecord._fields)
    ways = guards.second_ways(_proved(attempt), factors.of_user(user.id, settings))
    return SecondStep(user, attempt, binding, ways)


def _as_then(password_hash: str | None, attempt: SignInAttemptRecord) -> bool:
    digest = sign_in_attempts.password_digest(password_hash)
    return digest == bytes(attempt.password_digest or b"")


def _proved(attempt: SignInAttemptRecord) -> Proved:
    return proofs.of_row(attempt.methods or "", attempt.first_factor_at, None)


def passkey_options(step: SecondStep, *, settings: Settings) -> dict[str, Any]:
    """Return request options for the second step by passkey."""
    return assertions.begin_for(step.user.id, SECOND_STEP, step.binding, settings=settings)


def finish(binding: str | None, answer: Answer, *, context: Context) -> SignedIn:
    """Finish the sign-in. Ten wrong answers in a row end it.

    Raises `SignInUnknown`, and what `answers.judged` raises.
    """
    with refusals_logged(context) as about:
        step = waiting(binding, settings=context.settings)
        about["user"] = step.user.id
        try:
            with judging(SECOND_STEP, answer.way, context):
                return _finished(step, answer, context=context)
        except SignInUnknown:
            raise
        except answers.WRONG as error:
            if isinstance(error, CodeNotTaken):
                signin.record_policy_refusal(step.user.id, context=context)
            sign_in_attempts.count_wrong(step.attempt)
            raise


def _finished(step: SecondStep, answer: Answer, *, context: Context) -> SignedIn:
    user, attempt = step.user, step.attempt
    occasion = Occasion(step.ways, SECOND_STEP, step.binding, totp.SIGN_IN)
    prove = answers.judged(answer, user, occasion, context=context)
    with database.durable() if answer.way == "recovery" else database.transient():
        row = USER_KEPT.one(id=user.id)
        if row is None or not _as_then(row[1], attempt):
            raise SignInUnknown(cause="the account has changed during the second step")
        sign_in_attempts.end(attempt)
        answers.settle(answer, user.id, context=context)
        proved, began = prove(_proved(attempt)), attempt.passkey_id
        return SignedIn(user, *signin.start(user.id, proved, context=context, passkey_id=began))
