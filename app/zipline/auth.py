"""/api/auth: sign in, register, sign out; /api/setup."""

from typing import Any

from flask import Response, request
from flask_login import login_required

from app.core import accounts, authentication, signin
from app.core.account_errors import (
    AlreadySetUp,
    InviteInvalid,
    InvitesOff,
    RegistrationClosed,
    SetupCodeNeeded,
    UsernameTaken,
    WrongPassword,
)
from app.core.passkeys import PasskeysDisabled
from app.core.webauthn.errors import BrowserUnbound
from app.describe import examples
from app.describe.operation import NEW_SESSION, answers, parameter
from app.describe.refusals import IN_AUTHENTICATION
from app.web import identity
from app.web.bodies import takes
from app.web.context import context, service
from app.web.json_provider import json_answer
from app.web.rate_limits import limited
from app.zipline import answers as a
from app.zipline import objects, schemas
from app.zipline.blueprint import zipline

Json = dict[str, Any]

BROWSER_COOKIE = "webauthn-challenge-id"
_BROWSER = parameter(
    BROWSER_COOKIE,
    "cookie",
    "What binds the challenge to this browser; it comes with the options.",
    examples.CHALLENGE,
)


@zipline.get("/auth/webauthn/options")
@answers(
    a.SignInOptions,
    words="For `navigator.credentials.get()`.",
    sets=f"`{BROWSER_COOKIE}`, which binds the challenge to this browser.",
    raises=(PasskeysDisabled,),
)
@limited("120/minute")
def sign_in_options() -> Response:
    """Start a sign-in by passkey: `{id, options}`, and a cookie that binds the
    challenge to this browser.
    """
    settings = service().settings
    browser, options = authentication.begin(request.cookies.get(BROWSER_COOKIE), settings=settings)
    response = json_answer({"id": browser, "options": options})
    identity.set_cookie(response, BROWSER_COOKIE, browser, max_age=settings.challenge_ttl)
    return response


@zipline.post("/auth/webauthn")
@answers(
    a.UserAnswer,
    sets=NEW_SESSION,
    parameters=(_BROWSER,),
    raises=(PasskeysDisabled, BrowserUnbound, *IN_AUTHENTICATION),
)
@limited("60/minute")
@takes(schemas.Authentication(), example={"response": examples.ASSERTION})
def sign_in_by_passkey(body: Json) -> Response:
    """Finish a sign-in by passkey: `{user}` and a session cookie."""
    credential, browser = body["response"] or body["auth"], request.cookies.get(BROWSER_COOKIE)
    result = authentication.finish(credential, browser, context=context())
    return identity.signed_in(result, {"user": objects.user(result.user)})


@zipline.post("/auth/login")
@answers(a.UserAnswer, sets=NEW_SESSION, raises=(WrongPassword,))
@limited("60/minute")
@takes(schemas.Login(), example=examples.ADA)
def sign_in_by_password(body: Json) -> Response:
    """Sign in by password: `{user}` and a session cookie."""
    result = signin.by_password(body["username"], body["password"], context=context())
    return identity.signed_in(result, {"user": objects.user(result.user)})


@zipline.post("/auth/register")
@answers(
    a.UserAnswer,
    sets=NEW_SESSION,
    raises=(SetupCodeNeeded, RegistrationClosed, InvitesOff, InviteInvalid, UsernameTaken),
)
@limited("20/minute")
@takes(schemas.Newcomer(), example=examples.ADA | {"code": examples.INVITE})
def register(body: Json) -> Response:
    """Make an account, where that is allowed, and sign it in: `{user}` and a session
    cookie.
    """
    newcomer = accounts.Newcomer(body["username"], body["password"])
    result = accounts.register(newcomer, body["code"], context=context())
    return identity.signed_in(result, {"user": objects.user(result.user)})


@zipline.route("/auth/logout", methods=["GET", "POST"])
@answers(a.SignedOut, sets="An empty session, which the browser forgets.", signed_in=True)
@login_required
@limited("300/minute", of_user="60/minute")
def sign_out() -> Response:
    """End this session: `{loggedOut: true}`."""
    return identity.signed_out({"loggedOut": True})


@zipline.get("/setup")
@answers(a.SetupNeeded, raises=(AlreadySetUp,))
def setup_needed() -> Json:
    """Report that the first account can be made: `{firstSetup: true}`, or 403 once
    it is.
    """
    if not accounts.nobody_yet():
        raise AlreadySetUp
    return {"firstSetup": True}


@zipline.post("/setup")
@answers(a.SetUp, sets=NEW_SESSION, raises=(AlreadySetUp, SetupCodeNeeded))
@limited("20/minute")
@takes(schemas.Newcomer(), example=examples.ADA)
def set_up(body: Json) -> Response:
    """Make the first account, a SUPERADMIN, and sign it in: `{firstSetup: true,
    user}`. Unless the RP id is localhost, `code` is a set-up code from the log.
    """
    newcomer = accounts.Newcomer(body["username"], body["password"])
    result = accounts.set_up(newcomer, body["code"], context=context())
    return identity.signed_in(result, {"firstSetup": True, "user": objects.user(result.user)})
