"""Register and set up: the pages that make accounts, and the routes that they call."""

from typing import Any

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.core import accounts, setup_codes
from app.core.account_errors import (
    AlreadySetUp,
    InviteInvalid,
    InvitesOff,
    RegistrationClosed,
    SetupCodeNeeded,
    UsernameTaken,
)
from app.describe import examples
from app.describe.operation import NEW_SESSION, answers, parameter
from app.pages import answers as a
from app.pages import objects, schemas
from app.pages.blueprints import account, pages
from app.pages.rendering import error_page, leads, page
from app.web import cookies
from app.web.bodies import takes
from app.web.context import context, service
from app.web.rate_limits import limited

_INVITE = parameter("invite", "query", "An invite code.", examples.INVITE)
_CODE = parameter("code", "query", "A set-up code, from the server's log.", examples.INVITE)


@pages.get("/register")
@answers(
    page("Create your account · Passline"),
    leads("/setup", "Nobody has an account yet."),
    parameters=(_INVITE,),
    raises=(RegistrationClosed,),
)
def register() -> BaseResponse | str:
    """The page that makes an account."""
    if accounts.nobody_yet():
        return redirect(url_for("pages.setup"))
    if service().settings.registration == "closed":
        return error_page(403, RegistrationClosed.sentence)
    return render_template("register.html", invite=request.args.get("invite", ""))


@pages.get("/setup")
@answers(
    page("Set up Passline"),
    leads("/login", "There is an account already."),
    parameters=(_CODE,),
)
def setup() -> BaseResponse | str:
    """The page of the first start, which makes the administrator's account."""
    if not accounts.nobody_yet():
        return redirect(url_for("pages.login"))
    code, needed = request.args.get("code", ""), setup_codes.needed(service().settings)
    return render_template("setup.html", code=code, needs_code=needed)


@account.post("/registration")
@answers(
    a.SignedIn,
    sets=NEW_SESSION,
    raises=(SetupCodeNeeded, RegistrationClosed, InvitesOff, InviteInvalid, UsernameTaken),
)
@limited("20/minute")
@takes(schemas.Newcomer(), example=examples.ADA | {"code": examples.INVITE})
def create_account(body: dict[str, Any]) -> Response:
    """Make an account, where that is allowed, and sign it in: `{user}` and a session
    cookie.
    """
    newcomer = accounts.Newcomer(body["username"], body["password"])
    result = accounts.register(newcomer, body["code"], context=context())
    return cookies.signed_in(result, {"user": objects.user(result.user)})


@account.post("/setup")
@answers(a.SignedIn, sets=NEW_SESSION, raises=(AlreadySetUp, SetupCodeNeeded))
@limited("20/minute")
@takes(schemas.Newcomer(), example=examples.ADA | {"code": examples.INVITE})
def set_up(body: dict[str, Any]) -> Response:
    """Make the first account, a SUPERADMIN, and sign it in: `{user}` and a session
    cookie. Unless the RP id is localhost, `code` is a set-up code from the log.
    """
    newcomer = accounts.Newcomer(body["username"], body["password"])
    result = accounts.set_up(newcomer, body["code"], context=context())
    return cookies.signed_in(result, {"user": objects.user(result.user)})
