"""/api/auth: sign in, register, sign out; /api/setup."""

from typing import Any

from flask import Response, request
from flask_login import login_required

from app.core import accounts, sessions, signin
from app.errors import AlreadySetUp
from app.web.bodies import takes
from app.web.json_provider import json_answer
from app.web.login import answer, caller, service, session_tokens, set_cookie, signed_in
from app.web.rate_limits import limited
from app.zipline import objects, schemas
from app.zipline.blueprint import zipline

BROWSER_COOKIE = "webauthn-challenge-id"


@zipline.get("/auth/webauthn/options")
@limited("120/minute")
def sign_in_options() -> Response:
    """Start a sign-in by passkey: `{id, options}`, and a cookie that binds the challenge to this browser."""
    settings = service().settings
    browser, options = signin.begin_passkey(request.cookies.get(BROWSER_COOKIE), settings=settings)
    response = json_answer({"id": browser, "options": options})
    set_cookie(response, BROWSER_COOKIE, browser, max_age=settings.challenge_ttl)
    return response


@zipline.post("/auth/webauthn")
@limited("60/minute")
@takes(schemas.Authentication())
def sign_in_by_passkey(body: dict[str, Any]) -> Response:
    """Finish a sign-in by passkey: `{user}` and a session cookie."""
    result = signin.by_passkey(
        body["response"] or body["auth"],
        request.cookies.get(BROWSER_COOKIE),
        caller=caller(),
        settings=service().settings,
    )
    return signed_in(result, {"user": objects.user(result.user)})


@zipline.post("/auth/login")
@limited("60/minute")
@takes(schemas.Login())
def sign_in_by_password(body: dict[str, Any]) -> Response:
    """Sign in by password: `{user}` and a session cookie."""
    result = signin.by_password(
        body["username"], body["password"], caller=caller(), service=service()
    )
    return signed_in(result, {"user": objects.user(result.user)})


@zipline.post("/auth/register")
@limited("20/minute")
@takes(schemas.Newcomer())
def register(body: dict[str, Any]) -> Response:
    """Make an account, where that is allowed, and sign it in: `{user}` and a session cookie."""
    newcomer = accounts.Newcomer(body["username"], body["password"])
    result = accounts.register(newcomer, body["code"], caller=caller(), service=service())
    return signed_in(result, {"user": objects.user(result.user)})


@zipline.route("/auth/logout", methods=["GET", "POST"])
@login_required
def sign_out() -> Response:
    """End this session: `{loggedOut: true}`."""
    sessions.end(session_tokens())
    return answer({"loggedOut": True}, token="")


@zipline.get("/setup")
def setup_needed() -> dict[str, Any]:
    """Say that the first account can be made: `{firstSetup: true}`, or 403 once it is."""
    if not accounts.nobody_yet():
        raise AlreadySetUp
    return {"firstSetup": True}


@zipline.post("/setup")
@limited("20/minute")
@takes(schemas.Newcomer())
def set_up(body: dict[str, Any]) -> Response:
    """Make the first account, a SUPERADMIN, and sign it in: `{firstSetup: true, user}`."""
    newcomer = accounts.Newcomer(body["username"], body["password"])
    result = accounts.set_up(newcomer, caller=caller(), service=service())
    return signed_in(result, {"firstSetup": True, "user": objects.user(result.user)})
