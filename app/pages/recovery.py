"""Coming back without a factor: by a recovery code, or by a one-time link."""

from typing import Any

from flask import Response, render_template

from app.core.mfa import recovery
from app.core.mfa.errors import LinkInvalid, RecoveryRefused
from app.describe import examples
from app.describe.operation import NEW_SESSION, answers
from app.pages import answers as a
from app.pages import objects, schemas
from app.pages.blueprints import account, pages
from app.pages.rendering import page
from app.web import cookies
from app.web.bodies import takes
from app.web.context import context
from app.web.rate_limits import limited


@pages.get("/recover")
@answers(page("Can’t sign in? · Passline"), uses_database=False)
def recover() -> str:
    """The page for who cannot sign in."""
    return render_template("recover.html")


@pages.get("/link")
@answers(page("One-time link · Passline"), uses_database=False)
def link() -> str:
    """The page of a one-time link, whose token is in the fragment."""
    return render_template("link.html")


@account.post("/recover")
@answers(a.SignedIn, sets=NEW_SESSION, raises=(RecoveryRefused,))
@limited("20/minute")
@takes(schemas.Recovery(), example=examples.ADA | {"code": examples.RECOVERY_CODE})
def recover_by_code(body: dict[str, Any]) -> Response:
    """Sign in by a recovery code, and the password if the account has one."""
    result = recovery.by_code(body["username"], body["code"], body["password"], context=context())
    return cookies.signed_in(result, {"user": objects.user(result.user)})


@account.post("/link")
@answers(a.SignedIn, sets=NEW_SESSION, raises=(LinkInvalid,))
@limited("20/minute")
@takes(schemas.Link(), example={"token": examples.CHALLENGE})
def sign_in_by_link(body: dict[str, Any]) -> Response:
    """Sign in by a one-time link, to set up a new factor."""
    result = recovery.by_link(body["token"], context=context())
    return cookies.signed_in(result, {"user": objects.user(result.user)})
