"""Sign in and sign out: the pages, and the routes that they call."""

from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.core import accounts, authentication, signin
from app.core.account_errors import WrongPassword
from app.core.passkeys import PasskeysDisabled
from app.core.sign_in_attempts import SecondStep
from app.core.signin import SignedIn
from app.core.webauthn.errors import BrowserUnbound
from app.describe import examples
from app.describe.operation import NEW_SESSION, answers, parameter
from app.describe.refusals import IN_AUTHENTICATION
from app.errors import SessionRequired
from app.pages import answers as a
from app.pages import objects, schemas
from app.pages.blueprints import account, pages
from app.pages.rendering import leads, page, to_sign_in
from app.web import cookies, identity
from app.web.access import login_or_enrolment
from app.web.bodies import takes
from app.web.context import context, service
from app.web.json_provider import json_answer
from app.web.rate_limits import limited

BROWSER_COOKIE = "passline_ceremony"  # binds a sign-in's challenge to the browser
_BINDS = "`passline_ceremony`, which binds the challenge to this browser."
_SETS = f"{NEW_SESSION} Before a second step: `passline_ceremony`, which binds it to this browser."
NEXT = parameter("next", "query", "A path of this service to go to after the sign-in.", "/passkeys")
_ENDED = parameter("ended", "query", "1: the page says that the session has ended.", "1")
_LATE = parameter("late", "query", "1: the page says that a sign-in has timed out.", "1")
BROWSER = parameter(BROWSER_COOKIE, "cookie", "Comes with the options.", examples.CHALLENGE)


@pages.get("/")
@answers(leads("/login"))
def home() -> BaseResponse:
    """Lead to where the visitor can go on."""
    if current_user.is_authenticated:
        return redirect(url_for("pages.passkeys"))
    if accounts.nobody_yet():
        return redirect(url_for("pages.setup"))
    return to_sign_in(ended=identity.shows_session())


@pages.get("/login")
@answers(
    page("Sign in · Passline"),
    leads("/passkeys", "Signed in already, or nobody has an account yet."),
    parameters=(NEXT, _ENDED, _LATE),
)
def login() -> BaseResponse | str:
    """The sign-in page."""
    destination = safe_destination(request.args.get("next", ""))
    if current_user.is_authenticated:
        return redirect(destination)
    if accounts.nobody_yet():
        return redirect(url_for("pages.setup"))
    return render_template("login.html", next=destination)


def safe_destination(wanted: str) -> str:
    """Return the wanted path of this service, or else the page of passkeys.

    It never leads to another site.
    """
    inside = wanted.startswith(request.script_root + "/") and not wanted.startswith("//")
    # Browsers read a backslash as a slash, and drop tabs and line breaks.
    if not inside or "\\" in wanted or not wanted.isprintable():
        return url_for("pages.passkeys")
    return wanted


@account.get("/sign-in/options")
@answers(
    a.RequestOptions,
    words="For `navigator.credentials.get()`.",
    sets=_BINDS,
    raises=(PasskeysDisabled,),
)
@limited("120/minute")
def sign_in_options() -> Response:
    """Start a sign-in by passkey: `{options}`, and a cookie that binds the challenge to
    this browser.
    """
    settings = service().settings
    browser, options = authentication.begin(request.cookies.get(BROWSER_COOKIE), settings=settings)
    response = json_answer({"options": options})
    cookies.bind_sign_in(response, BROWSER_COOKIE, browser)
    return response


@account.post("/sign-in/passkey")
@answers(
    a.SignIn,
    sets=_SETS,
    parameters=(BROWSER,),
    raises=(PasskeysDisabled, BrowserUnbound, *IN_AUTHENTICATION),
)
@limited("60/minute")
@takes(schemas.Credential(), example={"response": examples.ASSERTION})
def sign_in_by_passkey(body: dict[str, Any]) -> Response:
    """Sign in by passkey: `{user}` and a session cookie, or `{second_step}`."""
    browser = request.cookies.get(BROWSER_COOKIE)
    return signed_in(authentication.finish(body["response"], browser, context=context()))


@account.post("/sign-in/password")
@answers(a.SignIn, sets=_SETS, raises=(WrongPassword,))
@limited("60/minute")
@takes(schemas.Login(), example=examples.ADA)
def sign_in_by_password(body: dict[str, Any]) -> Response:
    """Sign in by password: `{user}` and a session cookie, or `{second_step}`."""
    return signed_in(signin.by_password(body["username"], body["password"], context=context()))


def signed_in(result: SignedIn | SecondStep) -> Response:
    """Answer a sign-in, or its first step."""
    if isinstance(result, SignedIn):
        return cookies.signed_in(result, {"user": objects.user(result.user)})
    response = json_answer({"second_step": described(result)})
    cookies.bind_sign_in(response, BROWSER_COOKIE, result.binding)
    return response


def described(step: SecondStep) -> dict[str, Any]:
    """Return what the page of the second step needs to know."""
    return {"username": step.user.username, "methods": list(step.ways)}


@account.post("/sign-out")
@answers(
    a.SignedOut,
    sets="An empty session, which the browser forgets.",
    signed_in=True,
    raises=(SessionRequired,),
)
@login_or_enrolment
@limited("300/minute", of_user="60/minute")
def sign_out() -> Response:
    """End this session: `{user, signed_out: true}`, with the user whose it was."""
    user = identity.live_session().user
    return cookies.signed_out({"user": objects.user(user), "signed_out": True})
