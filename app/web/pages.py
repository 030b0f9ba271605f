"""The HTML pages; the scripts in static/js fill them by the API."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response

from app.core import accounts
from app.core.webauthn.encoding import base64url
from app.version import __version__
from app.web.login import service, visitor

pages = Blueprint("pages", __name__)


@pages.context_processor
def _common() -> dict[str, Any]:
    return common()


def common() -> dict[str, Any]:
    """Give what every template is given."""
    settings = service().settings
    return {
        "base": request.script_root,
        "rp_name": settings.rp_name,
        "rp_id": settings.rp_id,
        "passkeys_enabled": settings.passkeys_enabled,
        "registration": settings.registration,
        "challenge_ttl": settings.challenge_ttl,
        "version": __version__,
    }


@pages.get("/")
def home() -> Response:
    """Lead to where the visitor can go on."""
    if current_user.is_authenticated:
        return redirect(url_for("pages.passkeys"))
    return redirect(url_for("pages.setup" if accounts.nobody_yet() else "pages.login"))


@pages.get("/login")
def login() -> Response | str:
    """The sign-in page."""
    destination = _safe_destination(request.args.get("next", ""))
    if current_user.is_authenticated:
        return redirect(destination)
    if accounts.nobody_yet():
        return redirect(url_for("pages.setup"))
    return render_template("login.html", next=destination)


def _safe_destination(wanted: str) -> str:
    """Give the path below this service that was wanted, or the passkey page: never another site."""
    inside = wanted.startswith(request.script_root + "/") and not wanted.startswith("//")
    # Browsers read a backslash as a slash, and drop tabs and line ends.
    if not inside or "\\" in wanted or not wanted.isprintable():
        return url_for("pages.passkeys")
    return wanted


@pages.get("/register")
def register() -> Response | str | tuple[str, int]:
    """The page that makes an account."""
    if accounts.nobody_yet():
        return redirect(url_for("pages.setup"))
    if service().settings.registration == "closed":
        return error_page(403, "New accounts are not open here. Ask an administrator for one.")
    return render_template("register.html", invite=request.args.get("invite", ""))


@pages.get("/setup")
def setup() -> Response | str:
    """The page of the first start, which makes the administrator's account."""
    if not accounts.nobody_yet():
        return redirect(url_for("pages.login"))
    return render_template("setup.html")


@pages.get("/passkeys")
@login_required
def passkeys() -> str:
    """The page where people manage their passkeys."""
    user = visitor().user
    return render_template(
        "passkeys.html", user=user, user_handle=base64url(bytes(user.user_handle))
    )


def error_page(status: int, message: str) -> tuple[str, int]:
    """Render the error page."""
    title = HTTP_STATUS_CODES.get(status, "Error")
    return render_template(
        "error.html", **common(), status=status, title=title, message=message
    ), status
