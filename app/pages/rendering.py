"""What all pages share, and the page for errors."""

from typing import Any

from flask import Response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response as BaseResponse

from app.core.mfa.errors import SecondFactorRequired
from app.core.mfa.policy import Standing
from app.describe.operation import Answered
from app.errors import AppError, NotSignedIn, SessionInvalid
from app.pages import objects
from app.pages.blueprints import pages
from app.settings import Settings
from app.version import __version__
from app.web.context import service
from app.web.identity import visitor

_HTML = ("text/html",)


@pages.context_processor
def common() -> dict[str, Any]:
    """Return the variables of every template."""
    return {
        "base": request.script_root,
        "version": __version__,
        **_from_settings(service().settings),
    }


def _from_settings(settings: Settings) -> dict[str, Any]:
    return {
        "rp_name": settings.rp_name,
        "rp_id": settings.rp_id,
        "origins": [each for each in settings.origins if each.startswith("http")],
        "passkeys_enabled": settings.passkeys_enabled,
        "registration": settings.registration,
        "challenge_ttl": settings.challenge_ttl,
    }


def spell(error: AppError | HTTPException) -> BaseResponse:
    """Return the page of an error, or redirect to where the visitor can go on.

    The sign-in leads back; who serves only to enrol goes to the page for that.
    """
    if isinstance(error, NotSignedIn) and request.blueprint == pages.name:
        here = request.script_root + request.full_path.rstrip("?")
        return to_sign_in(ended=isinstance(error, SessionInvalid), back_to=here)
    if isinstance(error, SecondFactorRequired) and request.blueprint == pages.name:
        return redirect(url_for("pages.security"))
    if isinstance(error, AppError):
        return error_page(error.status, error.sentence)
    return error_page(error.code or 500, error.description or "")


def personal(template: str) -> str:
    """Return a page of the visitor's own. It knows whose it is, and the standing."""
    who = visitor()
    standing = who.live.standing if who.live else Standing.WHOLE
    return render_template(template, user=objects.user(who.user), standing=standing.value)


def to_sign_in(*, ended: bool, back_to: str | None = None) -> BaseResponse:
    """Redirect to the sign-in page, which says so if a session has ended."""
    return redirect(url_for("pages.login", next=back_to, ended=1 if ended else None))


def error_page(status: int, message: str) -> Response:
    """Return the error page."""
    title = HTTP_STATUS_CODES.get(status, "Error")
    html = render_template("error.html", **common(), status=status, title=title, message=message)
    return Response(html, status=status, mimetype="text/html")


def page(title: str) -> Answered:
    """Document an answer that is a page."""
    text = f'<!doctype html>\n<html lang="en"><title>{title}</title>…'
    return Answered(media_types=_HTML, text=text)


def leads(to: str, words: str = "") -> Answered:
    """Document an answer that redirects."""
    text = (
        f'<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<a href="{to}">{to}</a>'
    )
    where = {"Location": f"`{to}`, for example."}
    return Answered(status=302, words=words, media_types=_HTML, text=text, headers=where)
