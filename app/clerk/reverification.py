"""/v1/client/sessions/{id}/verify: a session proves again who it is."""

from typing import Any

from flask import Response

from app.clerk import answers as a
from app.clerk import asking, objects, schemas, strategies
from app.clerk.answers import ANSWER, SESSION_ID, VERSION
from app.clerk.blueprint import clerk
from app.clerk.credentials import nonce
from app.clerk.reverification_objects import reverification
from app.clerk.sign_in_objects import unverified, verified
from app.core import clock
from app.core.mfa import asked, step_up
from app.core.mfa.errors import ProofNotTaken
from app.core.passkeys import PasskeysDisabled
from app.core.sessions import Live, SessionUnknown
from app.describe import examples
from app.describe.operation import RENEWED, answers
from app.describe.refusals import IN_PROOF
from app.web.bodies import takes
from app.web.context import service
from app.web.rate_limits import limited

Json = dict[str, Any]


@clerk.post("/v1/client/sessions/<session_id>/verify")
@answers(
    a.ReverificationAnswer,
    signed_in=True,
    parameters=(SESSION_ID, VERSION),
    raises=(SessionUnknown,),
)
@asking.enrolling
@limited("120/minute", of_user="60/minute")
@takes(schemas.Reverification(), example={"level": "second_factor"}, forms=True)
def start_reverification(body: Json, session_id: str) -> Json:
    """Start confirming: by the first factor, the second, or both.

    Without a second factor every level is `first_factor`.
    """
    live = asking.named(session_id)
    asked.ask(live, body["level"])
    return objects.wrapped(reverification(live, proved=False))


@clerk.post("/v1/client/sessions/<session_id>/verify/prepare_first_factor")
@answers(
    a.ReverificationAnswer,
    signed_in=True,
    parameters=(SESSION_ID,),
    raises=(SessionUnknown, PasskeysDisabled),
)
@asking.enrolling
@limited("120/minute", of_user="60/minute")
@takes(schemas.PasskeyPrepare(), example={"strategy": "passkey"}, forms=True)
def prepare_first_reverification(_: Json, session_id: str) -> Json:
    """Return a nonce for a passkey as the first factor."""
    live = asking.named(session_id)
    prepared = {"first_factor_verification": _prepared(live)}
    return objects.wrapped(
        reverification(live, proved=False) | prepared | {"status": "needs_first_factor"}
    )


@clerk.post("/v1/client/sessions/<session_id>/verify/prepare_second_factor")
@answers(
    a.ReverificationAnswer,
    signed_in=True,
    parameters=(SESSION_ID, VERSION),
    raises=(SessionUnknown, PasskeysDisabled, ProofNotTaken),
)
@asking.enrolling
@limited("120/minute", of_user="60/minute")
@takes(schemas.PasskeyPrepare(), example={"strategy": "passkey"}, forms=True)
def prepare_second_reverification(_: Json, session_id: str) -> Json:
    """Return a nonce for a passkey as the second factor."""
    live = asking.named(session_id)
    strategies.require_second_passkeys(step_up.ways(live, settings=service().settings))
    prepared = {"second_factor_verification": _prepared(live)}
    return objects.wrapped(
        reverification(live, proved=False) | prepared | {"status": "needs_second_factor"}
    )


def _prepared(live: Live) -> Json:
    settings = service().settings
    options = step_up.passkey_options(live, settings=settings)
    expires_at = clock.now() + settings.challenge_ttl * clock.SECOND
    return unverified("passkey", nonce(options), expires_at=expires_at)


@clerk.post("/v1/client/sessions/<session_id>/verify/attempt_first_factor")
@answers(
    a.ReverificationAnswer,
    sets=RENEWED,
    signed_in=True,
    parameters=(SESSION_ID,),
    raises=(SessionUnknown, *IN_PROOF),
)
@asking.enrolling
@limited("60/minute", of_user="30/minute")
@takes(schemas.FirstFactor(), example=ANSWER, forms=True)
def attempt_first_reverification(body: Json, session_id: str) -> Response:
    """Confirm by the password or a passkey; the session goes on with a new token."""
    return _attempted(body, asking.named(session_id), "first_factor_verification")


@clerk.post("/v1/client/sessions/<session_id>/verify/attempt_second_factor")
@answers(
    a.ReverificationAnswer,
    sets=RENEWED,
    signed_in=True,
    parameters=(SESSION_ID, VERSION),
    raises=(SessionUnknown, *IN_PROOF),
)
@asking.enrolling
@limited("60/minute", of_user="30/minute")
@takes(schemas.SecondFactor(), example={"strategy": "totp", "code": examples.CODE}, forms=True)
def attempt_second_reverification(body: Json, session_id: str) -> Response:
    """Confirm by a code or a passkey; the session goes on with a new token."""
    live = asking.named(session_id)
    if body["strategy"] == "passkey":
        strategies.require_second_passkeys(step_up.ways(live, settings=service().settings))
    return _attempted(body, live, "second_factor_verification")


def _attempted(body: Json, live: Live, verification: str) -> Response:
    token = step_up.verify(live, strategies.answer(body), context=asking.context())
    asking.look_again(token)
    shown = reverification(asking.named(asking.session_id(live)), proved=True)
    value = shown | {verification: verified(body["strategy"])}
    return asking.renewed(objects.wrapped(value), token)
