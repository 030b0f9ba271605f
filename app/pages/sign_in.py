"""Sign in and sign out: the pages, and the routes that they call."""

from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response as BaseResponse

from app.core import accounts, authentication, signin
from app.core.account_errors import WrongPassword
from app.core.passkeys import PasskeysDisabled
from app.core.webauthn.errors import BrowserUnbound
from app.describe import examples
from app.describe.operation import NEW_SESSION, answers, parameter
from app.describe.refusals import IN_AUTHENTICATION
from app.errors import SessionRequired
from app.pages import answers as a
from app.pages import objects, schemas
from app.pages.blueprints import account, pages
from app.pages.rendering import leads, page, to_sign_in
from app.web import identity
from app.web.bodies import takes
from app.web.context import context, service
from app.web.json_provider import json_answer
from app.web.rate_limits import limited

BROWSER_COOKIE = "passline_ceremony"  # binds a sign-in's challenge to the browser
_BINDS = "`passline_ceremony`, which binds the challenge to this browser."
_NEXT = parameter(
    "next", "query", "A path of this service to go to after the sign-in.", "/passkeys"
)
_ENDED = parameter("ended", "query", "1: the page says that the session has ended.", "1")
_BROWSER = parameter(BROWSER_COOKIE, "cookie", "Comes with the options.", examples.CHALLENGE)


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
    parameters=(_NEXT, _ENDED),
)
def login() -> BaseResponse | str:
    """The sign-in page."""
    destination = _safe_destination(request.args.get("next", ""))
    if current_user.is_authenticated:
        return redirect(destination)
    if accounts.nobody_yet():
        return redirect(url_for("pages.setup"))
    return render_template("login.html", next=destination)


def _safe_destination(wanted: str) -> str:
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
    identity.set_cookie(response, BROWSER_COOKIE, browser, max_age=settings.challenge_ttl)
    return response


@account.post("/sign-in/passkey")
@answers(
    a.SignedIn,
    sets=NEW_SESSION,
    parameters=(_BROWSER,),
    raises=(PasskeysDisabled, BrowserUnbound, *IN_AUTHENTICATION),
)
@limited("60/minute")
@takes(schemas.Credential(), example={"response": examples.ASSERTION})
def sign_in_by_passkey(body: dict[str, Any]) -> Response:
    """Finish a sign-in by passkey: `{user}` and a session cookie."""
    browser = request.cookies.get(BROWSER_COOKIE)
    result = authentication.finish(body["response"], browser, context=context())
    return identity.signed_in(result, {"user": objects.user(result.user)})


@account.post("/sign-in/password")
@answers(a.SignedIn, sets=NEW_SESSION, raises=(WrongPassword,))
@limited("60/minute")
@takes(schemas.Login(), example=examples.ADA)
def sign_in_by_password(body: dict[str, Any]) -> Response:
    """Sign in by password: `{user}` and a session cookie."""
    result = signin.by_password(body["username"], body["password"], context=context())
    return identity.signed_in(result, {"user": objects.user(result.user)})


@account.post("/sign-out")
@answers(
    a.SignedOut,
    sets="An empty session, which the browser forgets.",
    signed_in=True,
    raises=(SessionRequired,),
)
@login_required
@limited("300/minute", of_user="60/minute")
def sign_out() -> Response:
    """End this session: `{user, signed_out: true}`, with the user whose it was."""
    user = identity.live_session().user
    return identity.signed_out({"user": objects.user(user), "signed_out": True})
