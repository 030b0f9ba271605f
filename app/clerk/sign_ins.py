"""/v1/client/sign_ins: signing in, in the steps that Clerk's clients take."""

from typing import Any

from flask import Response

from app.clerk import answers as a
from app.clerk import asking, errors, objects, schemas, sign_in_objects, strategies
from app.clerk.answers import ANSWER
from app.clerk.blueprint import clerk
from app.clerk.credentials import nonce, parsed
from app.core import authentication, clock, sessions, sign_in_attempts, signin, tokens
from app.core.account_errors import WrongPassword
from app.core.passkeys import PasskeysDisabled
from app.core.sign_in_attempts import SECOND_STEP, SecondStep, SignInUnknown
from app.core.signin import SignedIn
from app.core.webauthn.errors import CredentialMissing
from app.describe.operation import NEW_SESSION, answers, parameter
from app.describe.refusals import IN_AUTHENTICATION
from app.errors import InvalidInput
from app.storage.records import SignInAttemptRecord
from app.web.bodies import MISSING, takes
from app.web.context import service
from app.web.json_provider import json_answer
from app.web.rate_limits import limited

Json = dict[str, Any]

_BINDS = "`__client`, which binds the sign-in to this browser."
_COOKIE = (
    f"{NEW_SESSION} `__client`, which bound the sign-in, goes; or it is a new one, where a second"
    " factor is due."
)
ID = parameter("sign_in_id", "path", "The sign-in under way in this browser.", a.SIGN_IN)


@clerk.post("/v1/client/sign_ins")
@answers(
    a.SignInAnswer,
    sets=_BINDS,
    raises=(PasskeysDisabled, WrongPassword, errors.PasskeyInstead),
)
@limited("60/minute")
@takes(schemas.SignInBegin(), example={"strategy": "passkey", "identifier": "ada"}, forms=True)
def create_sign_in(body: Json) -> Response:
    """Begin a sign-in; with a password its first factor is proved at once, with
    strategy passkey it has a nonce.
    """
    browser = asking.browser() or tokens.new_token()
    attempt = sign_in_attempts.begin(browser, body["identifier"])
    if body["password"] is not None:
        return _by_password(attempt, body["password"])
    return _under_way(attempt, browser, begins=body["strategy"] == "passkey")


def _under_way(attempt: SignInAttemptRecord, browser: str, *, begins: bool) -> Response:
    """Answer with the sign-in at its first factor, and begin its ceremony if wanted."""
    settings = service().settings
    text = nonce(authentication.begin(browser, settings=settings)[1]) if begins else None
    value = objects.signing_in(attempt, sign_in_objects.at_first(attempt, nonce=text))
    seconds = sign_in_attempts.LIFETIME // clock.SECOND
    return asking.remember(json_answer(value), browser, max_age=seconds)


def own(sign_in_id: str) -> tuple[SignInAttemptRecord, str]:
    """Return the sign-in with this id, and this browser's binding.

    Raises `SignInUnknown`.
    """
    browser = asking.browser()
    if browser is None or not sign_in_id.startswith("sia_"):
        raise SignInUnknown
    return sign_in_attempts.find(sign_in_id.removeprefix("sia_"), browser), browser


def _at_first(sign_in_id: str) -> tuple[SignInAttemptRecord, str]:
    """Return the same of a sign-in at its first factor. Raises `SignInUnknown`."""
    attempt, browser = own(sign_in_id)
    if attempt.user_id is not None:
        raise SignInUnknown(cause="its first factor is proved already")
    return attempt, browser


@clerk.get("/v1/client/sign_ins/<sign_in_id>")
@answers(a.SignInAnswer, parameters=(ID,), raises=(SignInUnknown,))
def get_sign_in(sign_in_id: str) -> Json:
    """Return the sign-in that is under way."""
    return objects.wrapped(sign_in_objects.shown(*own(sign_in_id)))


@clerk.post("/v1/client/sign_ins/<sign_in_id>/prepare_first_factor")
@answers(a.SignInAnswer, sets=_BINDS, parameters=(ID,), raises=(PasskeysDisabled, SignInUnknown))
@limited("60/minute")
@takes(schemas.PasskeyPrepare(), example={"strategy": "passkey"}, forms=True)
def prepare_first_factor(_: Json, sign_in_id: str) -> Response:
    """Return the sign-in with a nonce for its passkey."""
    return _under_way(*_at_first(sign_in_id), begins=True)


@clerk.post("/v1/client/sign_ins/<sign_in_id>/attempt_first_factor")
@answers(
    a.SignInAnswer,
    words="The sign-in, complete or at its second factor.",
    sets=_COOKIE,
    parameters=(ID,),
    raises=(
        *(PasskeysDisabled, SignInUnknown, WrongPassword, errors.PasskeyInstead),
        *(*IN_AUTHENTICATION, errors.PasswordToo),
    ),
)
@limited("60/minute")
@takes(schemas.FirstFactor(), example=ANSWER, forms=True)
def attempt_first_factor(body: Json, sign_in_id: str) -> Response:
    """Prove the first factor of the sign-in: a passkey or a password."""
    attempt, browser = _at_first(sign_in_id)
    if body["strategy"] == "password":
        return _by_password(attempt, body["password"])
    if not body["public_key_credential"]:
        raise CredentialMissing
    credential, context = parsed(body["public_key_credential"]), asking.context()
    result = authentication.finish(credential, browser, attempt=attempt, context=context)
    return complete(attempt, result)


def _by_password(attempt: SignInAttemptRecord, password: str | None) -> Response:
    if not password or not attempt.identifier:
        raise InvalidInput(**{"password" if attempt.identifier else "identifier": MISSING})
    result = signin.by_password(
        attempt.identifier, password, attempt=attempt, context=asking.context()
    )
    return complete(attempt, result)


def complete(
    attempt: SignInAttemptRecord, result: SignedIn | SecondStep, *, second: str = ""
) -> Response:
    """Answer with the sign-in, complete, or at its second factor.

    `second` is the strategy of that if it was proved.
    """
    if isinstance(result, SecondStep):
        return _second_step_due(result)
    live = sessions.find(result.token, settings=service().settings)
    if live is None:
        raise SignInUnknown(cause="the session ended as it began")
    sign_in = sign_in_objects.complete(attempt, asking.session_id(live), second=second)
    return asking.signed_in(result, {"response": sign_in, "client": objects.client(live)})


def _second_step_due(step: SecondStep) -> Response:
    """Answer with the sign-in at its second factor, and a new binding.

    Raises `PasskeyInstead` or `PasswordToo` if the client knows none of them.
    """
    if not strategies.second(step.ways):
        _start_over(step.attempt)
        signin.record_policy_refusal(step.user.id, context=asking.context())
        raise errors.second_step_elsewhere(step.ways)
    value = objects.signing_in(step.attempt, sign_in_objects.at_second(step))
    seconds = SECOND_STEP // clock.SECOND
    return asking.remember(json_answer(value), step.binding, max_age=seconds)


def _start_over(attempt: SignInAttemptRecord) -> None:
    """Put the sign-in back to its first factor, if this browser can still find it."""
    if browser := asking.browser():
        sign_in_attempts.start_over(attempt, browser)
    else:
        sign_in_attempts.end(attempt)
