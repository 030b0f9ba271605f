"""/api/auth: sign in, register, sign out; /api/setup."""

from typing import Any

from flask import Response, request

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
from app.core.mfa import second_step
from app.core.mfa.answers import Answer
from app.core.mfa.errors import CodeWrong, ProofNotTaken, RecoveryCodeWrong
from app.core.passkeys import PasskeysDisabled
from app.core.sign_in_attempts import SecondStep, SignInUnknown
from app.core.signin import SignedIn
from app.core.webauthn.errors import BrowserUnbound, PasswordFirst
from app.describe import examples
from app.describe.operation import NEW_SESSION, answers, parameter
from app.describe.refusals import IN_AUTHENTICATION, IN_PROOF
from app.web import cookies
from app.web.access import login_or_enrolment
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
    cookies.bind_sign_in(response, BROWSER_COOKIE, browser)
    return response


@zipline.post("/auth/webauthn")
@answers(
    a.UserAnswer,
    sets=NEW_SESSION,
    parameters=(_BROWSER,),
    raises=(PasskeysDisabled, BrowserUnbound, PasswordFirst, *IN_AUTHENTICATION),
)
@limited("60/minute")
@takes(schemas.Authentication(), example={"response": examples.ASSERTION})
def sign_in_by_passkey(body: Json) -> Response:
    """Finish a sign-in by passkey: `{user}` and a session cookie."""
    credential, browser = body["response"] or body["auth"], request.cookies.get(BROWSER_COOKIE)
    return _signed_in(authentication.finish(credential, browser, steps=False, context=context()))


@zipline.post("/auth/login")
@answers(
    a.Login,
    words="`{user}`; or `{totp: true, mfa}` where a second step is due.",
    sets=f"{NEW_SESSION} Before a second step: `{BROWSER_COOKIE}`, which binds it to this browser.",
    raises=(WrongPassword, CodeWrong, RecoveryCodeWrong, ProofNotTaken),
)
@limited("60/minute")
@takes(schemas.Login(), example=examples.ADA)
def sign_in_by_password(body: Json) -> Response:
    """Sign in by password: `{user}` and a session cookie, or `{totp: true, mfa}`.

    The `code` of an authenticator app, or a recovery code, may be sent at once.
    """
    result = signin.by_password(body["username"], body["password"], context=context())
    if isinstance(result, SecondStep) and body["code"]:
        answer = Answer(code=body["code"])
        result = second_step.finish(result.binding, answer, context=context())
    return _signed_in(result)


def _signed_in(result: SignedIn | SecondStep) -> Response:
    if isinstance(result, SignedIn):
        return cookies.signed_in(result, {"user": objects.user(result.user)})
    response = json_answer({"totp": True, "mfa": _ways(result)})
    cookies.bind_sign_in(response, BROWSER_COOKIE, result.binding)
    return response


def _ways(step: SecondStep) -> Json:
    ways: Json = {"methods": list(step.ways)}
    if "passkey" in step.ways:
        ways["options"] = second_step.passkey_options(step, settings=service().settings)
    return ways


@zipline.post("/auth/login/second")
@answers(a.UserAnswer, sets=NEW_SESSION, parameters=(_BROWSER,), raises=(SignInUnknown, *IN_PROOF))
@limited("60/minute")
@takes(schemas.SecondStep(), example={"code": examples.CODE})
def finish_sign_in(body: Json) -> Response:
    """Do the second step of a sign-in (ours): `{user}` and a session cookie."""
    binding = request.cookies.get(BROWSER_COOKIE)
    return _signed_in(second_step.finish(binding, schemas.answer(body), context=context()))


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
    return cookies.signed_in(result, {"user": objects.user(result.user)})


@zipline.route("/auth/logout", methods=["GET", "POST"])
@answers(a.SignedOut, sets="An empty session, which the browser forgets.", signed_in=True)
@login_or_enrolment
@limited("300/minute", of_user="60/minute")
def sign_out() -> Response:
    """End this session: `{loggedOut: true}`."""
    return cookies.signed_out({"loggedOut": True})


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
    return cookies.signed_in(result, {"firstSetup": True, "user": objects.user(result.user)})
