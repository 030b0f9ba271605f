"""The second step of a sign-in, and confirming who it is: what the pages call."""

from typing import Any

from flask import Response, redirect, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.core.mfa import second_step, step_up
from app.core.mfa.answers import Answer
from app.core.passkeys import PasskeysDisabled
from app.core.sign_in_attempts import SignInUnknown
from app.describe import examples
from app.describe.operation import NEW_SESSION, RENEWED, answers
from app.describe.refusals import IN_PROOF
from app.errors import SessionRequired
from app.pages import answers as a
from app.pages import objects, schemas
from app.pages.blueprints import account, pages
from app.pages.rendering import leads, page
from app.pages.sign_in import (
    BROWSER,
    BROWSER_COOKIE,
    NEXT,
    described,
    safe_destination,
    signed_in,
)
from app.web.access import login_or_enrolment
from app.web.bodies import takes
from app.web.context import context, service
from app.web.cookies import answer
from app.web.identity import live_session
from app.web.rate_limits import limited


@pages.get("/login/second")
@answers(
    page("One more step · Passline"), leads("/passkeys", "Signed in already."), parameters=(NEXT,)
)
def second_step_page() -> BaseResponse | str:
    """The page of a sign-in's second step."""
    destination = safe_destination(request.args.get("next", ""))
    if current_user.is_authenticated:
        return redirect(destination)
    return render_template("second_step.html", next=destination)


@account.get("/sign-in/second")
@answers(a.WaitingSignIn, parameters=(BROWSER,), raises=(SignInUnknown,))
@limited("120/minute")
def waiting_sign_in() -> dict[str, Any]:
    """Return the sign-in of this browser that waits for its second step."""
    binding = request.cookies.get(BROWSER_COOKIE)
    step = second_step.waiting(binding, settings=service().settings)
    return {"second_step": described(step)}


@account.get("/sign-in/second/options")
@answers(
    a.RequestOptions,
    words="For `navigator.credentials.get()`.",
    parameters=(BROWSER,),
    raises=(PasskeysDisabled, SignInUnknown),
)
@limited("120/minute")
def second_step_options() -> dict[str, Any]:
    """Start the second step by passkey: `{options}`."""
    settings = service().settings
    step = second_step.waiting(request.cookies.get(BROWSER_COOKIE), settings=settings)
    return {"options": second_step.passkey_options(step, settings=settings)}


@account.post("/sign-in/second")
@answers(a.SignedIn, sets=NEW_SESSION, parameters=(BROWSER,), raises=(SignInUnknown, *IN_PROOF))
@limited("60/minute")
@takes(schemas.Proof(), example={"code": examples.CODE})
def finish_sign_in(body: dict[str, Any]) -> Response:
    """Do the second step: `{user}` and a session cookie."""
    binding = request.cookies.get(BROWSER_COOKIE)
    return signed_in(second_step.finish(binding, Answer(**body), context=context()))


@account.get("/verify/options")
@answers(
    a.RequestOptions,
    words="For `navigator.credentials.get()`.",
    signed_in=True,
    raises=(SessionRequired, PasskeysDisabled),
)
@login_or_enrolment
@limited("120/minute", of_user="60/minute")
def verification_options() -> dict[str, Any]:
    """Start confirming by passkey: `{user, options}`."""
    live, settings = live_session(), service().settings
    options = step_up.passkey_options(live, settings=settings)
    return {"user": objects.user(live.user), "options": options}


@account.post("/verify")
@answers(a.SignedIn, sets=RENEWED, signed_in=True, raises=(SessionRequired, *IN_PROOF))
@login_or_enrolment
@limited("60/minute", of_user="30/minute")
@takes(schemas.Proof(), example={"code": examples.CODE})
def verify(body: dict[str, Any]) -> Response:
    """Confirm that it is you: `{user}`, and the session goes on."""
    live = live_session()
    token = step_up.verify(live, Answer(**body), context=context())
    return answer({"user": objects.user(live.user)}, token=token)
