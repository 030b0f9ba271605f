"""/v1/client/sign_ins/{id}/..._second_factor: the second factor of a sign-in."""

from typing import Any

from flask import Response

from app.clerk import answers as a
from app.clerk import asking, objects, schemas, sign_in_objects, sign_ins, strategies
from app.clerk.blueprint import clerk
from app.clerk.credentials import nonce
from app.clerk.sign_ins import ID
from app.core.mfa import second_step
from app.core.mfa.errors import ProofNotTaken
from app.core.passkeys import PasskeysDisabled
from app.core.sign_in_attempts import SecondStep, SignInUnknown
from app.describe import examples
from app.describe.operation import answers
from app.describe.refusals import IN_PROOF
from app.web.bodies import takes
from app.web.context import service
from app.web.rate_limits import limited

Json = dict[str, Any]


def _waiting(sign_in_id: str) -> SecondStep:
    """Return this browser's sign-in if it waits for its second step.

    Raises `SignInUnknown`.
    """
    _, binding = sign_ins.own(sign_in_id)
    return second_step.waiting(binding, settings=service().settings)


@clerk.post("/v1/client/sign_ins/<sign_in_id>/prepare_second_factor")
@answers(
    a.SignInAnswer,
    parameters=(ID, a.VERSION),
    raises=(PasskeysDisabled, SignInUnknown, ProofNotTaken),
)
@limited("60/minute")
@takes(schemas.PasskeyPrepare(), example={"strategy": "passkey"}, forms=True)
def prepare_second_factor(_: Json, sign_in_id: str) -> Json:
    """Return the sign-in with a nonce for a passkey; other factors need none."""
    step = _waiting(sign_in_id)
    strategies.require_second_passkeys(step.ways)
    options = second_step.passkey_options(step, settings=service().settings)
    sign_in = sign_in_objects.at_second(step, nonce=nonce(options))
    return objects.signing_in(step.attempt, sign_in)


@clerk.post("/v1/client/sign_ins/<sign_in_id>/attempt_second_factor")
@answers(
    a.SignInAnswer,
    words="The sign-in, complete.",
    sets="The session, as after a first factor that is enough.",
    parameters=(ID, a.VERSION),
    raises=(SignInUnknown, *IN_PROOF),
)
@limited("60/minute")
@takes(schemas.SecondFactor(), example={"strategy": "totp", "code": examples.CODE}, forms=True)
def attempt_second_factor(body: Json, sign_in_id: str) -> Response:
    """Prove the second factor of the sign-in."""
    step, answer = _waiting(sign_in_id), strategies.answer(body)
    if answer.way == "passkey":
        strategies.require_second_passkeys(step.ways)
    result = second_step.finish(step.binding, answer, context=asking.context())
    return sign_ins.complete(step.attempt, result, second=body["strategy"])
