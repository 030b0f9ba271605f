"""/v1/client/sign_ins: signing in, in the steps of Clerk's clients."""

from typing import Any

import orjson
from flask import Response

from app.clerk import asking, objects, schemas
from app.clerk.blueprint import clerk
from app.clerk.passkeys import parsed
from app.core import sessions, sign_in_attempts, signin, tokens
from app.core.sign_in_attempts import Step
from app.core.signin import SignedIn
from app.errors import CredentialMissing, InvalidInput, SignInUnknown
from app.web.bodies import MISSING, takes
from app.web.json_provider import json_answer
from app.web.login import caller, service
from app.web.rate_limits import limited


@clerk.post("/v1/client/sign_ins")
@limited("60/minute")
@takes(schemas.SignInBegin(), forms=True)
def create_sign_in(body: dict[str, Any]) -> Response:
    """Begin a sign-in; with a password it is finished at once, with strategy passkey it has a nonce."""
    browser = asking.browser() or tokens.new_token()
    step = sign_in_attempts.begin(browser, body["identifier"])
    if body["password"] is not None:
        return _by_password(step, body["password"])
    nonce = _nonce(browser) if body["strategy"] == "passkey" else None
    return _under_way(step, browser, nonce)


def _under_way(step: Step, browser: str, nonce: str | None) -> Response:
    sign_in = objects.sign_in(step, nonce=nonce)
    value = {"response": sign_in, "client": objects.client_signing_in(step, sign_in)}
    return asking.remember(
        json_answer(value),
        asking.BROWSER_COOKIE,
        browser,
        max_age=sign_in_attempts.LIFETIME // 1000,
    )


def _nonce(browser: str) -> str:
    """Begin the ceremony; gives the JSON text of its request options."""
    _, options = signin.begin_passkey(browser, settings=service().settings)
    return orjson.dumps(options).decode()


def _own(sign_in_id: str) -> tuple[Step, str]:
    browser = asking.browser()
    if browser is None or not sign_in_id.startswith("sia_"):
        raise SignInUnknown
    return sign_in_attempts.find(sign_in_id.removeprefix("sia_"), browser), browser


@clerk.get("/v1/client/sign_ins/<sign_in_id>")
def get_sign_in(sign_in_id: str) -> dict[str, Any]:
    """Give the sign-in that is under way."""
    step, _ = _own(sign_in_id)
    return objects.wrapped(objects.sign_in(step))


@clerk.post("/v1/client/sign_ins/<sign_in_id>/prepare_first_factor")
@limited("60/minute")
@takes(schemas.FirstFactorPrepare(), forms=True)
def prepare_first_factor(_: dict[str, Any], sign_in_id: str) -> Response:
    """Give the sign-in a nonce for its passkey."""
    step, browser = _own(sign_in_id)
    return _under_way(step, browser, _nonce(browser))


@clerk.post("/v1/client/sign_ins/<sign_in_id>/attempt_first_factor")
@limited("60/minute")
@takes(schemas.FirstFactor(), forms=True)
def attempt_first_factor(body: dict[str, Any], sign_in_id: str) -> Response:
    """Finish the sign-in by a passkey or a password."""
    step, browser = _own(sign_in_id)
    if body["strategy"] == "password":
        return _by_password(step, body["password"])
    if not body["public_key_credential"]:
        raise CredentialMissing
    credential = parsed(body["public_key_credential"])
    return _complete(
        step,
        sign_in_attempts.finish_by_passkey(
            step, browser, credential, caller=caller(), service=service()
        ),
    )


def _by_password(step: Step, password: str | None) -> Response:
    if not password or not step.identifier:
        raise InvalidInput(**{"password" if step.identifier else "identifier": MISSING})
    return _complete(
        step,
        sign_in_attempts.finish_by_password(step, password, caller=caller(), service=service()),
    )


def _complete(step: Step, result: SignedIn) -> Response:
    live = sessions.find(result.token, settings=service().settings)
    if live is None:
        raise SignInUnknown(cause="the session ended as it began")
    sign_in = objects.sign_in(step, session_id=asking.session_id(live))
    return asking.signed_in(result, {"response": sign_in, "client": objects.client(live)})
