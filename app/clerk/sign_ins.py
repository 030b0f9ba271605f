"""/v1/client/sign_ins: signing in, in the steps that Clerk's clients take."""

from typing import Any

import orjson
from flask import Response

from app.clerk import answers as a
from app.clerk import asking, objects, schemas
from app.clerk.answers import ANSWER
from app.clerk.blueprint import clerk
from app.clerk.passkeys import parsed
from app.core import authentication, clock, sessions, sign_in_attempts, tokens
from app.core.account_errors import WrongPassword
from app.core.passkeys import PasskeysDisabled
from app.core.sign_in_attempts import SignInUnknown
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
_COOKIE = f"{NEW_SESSION} `__client`, which bound the sign-in, goes."
_ID = parameter("sign_in_id", "path", "The sign-in under way in this browser.", a.SIGN_IN)


@clerk.post("/v1/client/sign_ins")
@answers(a.SignInAnswer, sets=_BINDS, raises=(PasskeysDisabled, WrongPassword))
@limited("60/minute")
@takes(schemas.SignInBegin(), example={"strategy": "passkey", "identifier": "ada"}, forms=True)
def create_sign_in(body: Json) -> Response:
    """Begin a sign-in; with a password it is finished at once, with strategy passkey it
    has a nonce.
    """
    browser = asking.browser() or tokens.new_token()
    attempt = sign_in_attempts.begin(browser, body["identifier"])
    if body["password"] is not None:
        return _by_password(attempt, body["password"])
    nonce = _nonce(browser) if body["strategy"] == "passkey" else None
    return _under_way(attempt, browser, nonce)


def _under_way(attempt: SignInAttemptRecord, browser: str, nonce: str | None) -> Response:
    sign_in = objects.sign_in(attempt, nonce=nonce)
    value = {"response": sign_in, "client": objects.client_signing_in(attempt, sign_in)}
    seconds = sign_in_attempts.LIFETIME // clock.SECOND
    return asking.remember(json_answer(value), browser, max_age=seconds)


def _nonce(browser: str) -> str:
    """Start the ceremony, and return the JSON text of its request options."""
    _, options = authentication.begin(browser, settings=service().settings)
    return orjson.dumps(options).decode()


def _own(sign_in_id: str) -> tuple[SignInAttemptRecord, str]:
    browser = asking.browser()
    if browser is None or not sign_in_id.startswith("sia_"):
        raise SignInUnknown
    return sign_in_attempts.find(sign_in_id.removeprefix("sia_"), browser), browser


@clerk.get("/v1/client/sign_ins/<sign_in_id>")
@answers(a.SignInAnswer, parameters=(_ID,), raises=(SignInUnknown,))
def get_sign_in(sign_in_id: str) -> Json:
    """Return the sign-in that is under way."""
    attempt, _ = _own(sign_in_id)
    return objects.wrapped(objects.sign_in(attempt))


@clerk.post("/v1/client/sign_ins/<sign_in_id>/prepare_first_factor")
@answers(a.SignInAnswer, sets=_BINDS, parameters=(_ID,), raises=(PasskeysDisabled, SignInUnknown))
@limited("60/minute")
@takes(schemas.FirstFactorPrepare(), example={"strategy": "passkey"}, forms=True)
def prepare_first_factor(_: Json, sign_in_id: str) -> Response:
    """Return the sign-in with a nonce for its passkey."""
    attempt, browser = _own(sign_in_id)
    return _under_way(attempt, browser, _nonce(browser))


@clerk.post("/v1/client/sign_ins/<sign_in_id>/attempt_first_factor")
@answers(
    a.SignInAnswer,
    words="The sign-in, complete.",
    sets=_COOKIE,
    parameters=(_ID,),
    raises=(PasskeysDisabled, SignInUnknown, WrongPassword, *IN_AUTHENTICATION),
)
@limited("60/minute")
@takes(schemas.FirstFactor(), example=ANSWER, forms=True)
def attempt_first_factor(body: Json, sign_in_id: str) -> Response:
    """Finish the sign-in by a passkey or a password."""
    attempt, browser = _own(sign_in_id)
    if body["strategy"] == "password":
        return _by_password(attempt, body["password"])
    if not body["public_key_credential"]:
        raise CredentialMissing
    credential = parsed(body["public_key_credential"])
    return _complete(
        attempt,
        sign_in_attempts.finish_by_passkey(attempt, browser, credential, context=asking.context()),
    )


def _by_password(attempt: SignInAttemptRecord, password: str | None) -> Response:
    if not password or not attempt.identifier:
        raise InvalidInput(**{"password" if attempt.identifier else "identifier": MISSING})
    result = sign_in_attempts.finish_by_password(attempt, password, context=asking.context())
    return _complete(attempt, result)


def _complete(attempt: SignInAttemptRecord, result: SignedIn) -> Response:
    live = sessions.find(result.token, settings=service().settings)
    if live is None:
        raise SignInUnknown(cause="the session ended as it began")
    sign_in = objects.sign_in(attempt, session_id=asking.session_id(live))
    return asking.signed_in(result, {"response": sign_in, "client": objects.client(live)})
