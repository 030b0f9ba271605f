"""Who is asking: flask-login over our session cookie or API token."""

from typing import cast

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask.sessions import SessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response as BaseResponse

from app.core import sessions, tokens
from app.core.caller import Caller
from app.core.service import Service
from app.core.sessions import Live
from app.core.signin import SignedIn
from app.errors import NotSignedIn, SessionInvalid, SessionRequired
from app.statements import SessionRecord, UserRecord
from app.web.json_provider import json_answer

COOKIE = "passline_session"


class Visitor(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """flask-login's user: who is asking, and by which session; None when it was an API token."""

    def __init__(self, user: UserRecord, session: SessionRecord | None) -> None:
        self.user = user
        self.session = session

    def get_id(self) -> str:
        return self.user.id


class _NoSession(dict[str, object], SessionMixin):
    """flask-login looks into Flask's session; ours is a table, so that one is always empty."""


class _NoSessions(SessionInterface):
    def open_session(self, app: Flask, request: object) -> SessionMixin:  # noqa: ARG002 - Flask's signature
        return _NoSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """There is nothing to save."""


def init_app(app: Flask) -> None:
    """Make current_user and login_required work on `app`."""
    app.session_interface = _NoSessions()
    manager = LoginManager(app, add_context_processor=False)
    manager.session_protection = None  # decision 5: it hashes the address, and signs people out behind proxies
    manager._session_identifier_generator = str  # that hash would be made all the same, on every request
    manager.request_loader(_load)
    manager.unauthorized_handler(_unauthorized)


def _load(_: object) -> Visitor | None:
    token = request.headers.get("Authorization", "")
    if tokens.looks_like_token(token):  # a proxy's Basic or Bearer credentials are not for us
        user = sessions.user_of_api_token(token)
        return Visitor(user, None) if user else None
    # Of two cookies (of the host and of COOKIE_DOMAIN, after that setting changed) browsers send the older one first.
    for token in request.cookies.getlist(COOKIE)[:4]:
        live = sessions.find(token, settings=service().settings)
        if live:
            return Visitor(live.user, live.session)
    return None


def _unauthorized() -> BaseResponse:
    if request.blueprint == "pages":
        return redirect(url_for("pages.login", next=request.script_root + request.full_path.rstrip("?")))
    if COOKIE in request.cookies or tokens.looks_like_token(request.headers.get("Authorization", "")):
        raise SessionInvalid
    raise NotSignedIn


def service() -> Service:
    """Give the service that this app was made for."""
    return cast(Service, current_app.extensions["passline"])


def visitor() -> Visitor:
    """Give who is asking, behind login_required."""
    return cast(Visitor, current_user._get_current_object())


def live_session() -> Live:
    """Give the session that is asking; raises `SessionRequired` for an API token."""
    asking = visitor()
    if asking.session is None:
        raise SessionRequired
    return Live(asking.user, asking.session)


def caller() -> Caller:
    """Give the peer's address and User-Agent."""
    return Caller(request.remote_addr or "", request.headers.get("User-Agent", "")[:512])


def set_cookie(response: Response, name: str, value: str, *, max_age: int) -> None:
    """Set a cookie that only this service's pages send and no script reads; an empty value deletes it."""
    settings = service().settings
    response.set_cookie(
        name,
        value,
        max_age=max_age if value else 0,
        path=request.script_root or "/",
        domain=settings.cookie_domain,
        secure=settings.secure_cookies or request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def answer(value: object, *, token: str) -> Response:
    """Answer with JSON and the session cookie; an empty token ends the session in the browser."""
    response = json_answer(value)
    set_cookie(response, COOKIE, token, max_age=service().settings.session_lifetime)
    return response


def signed_in(result: SignedIn, value: object) -> Response:
    """Answer a sign-in, whose session is always new: the one that this browser had is ended."""
    for old in request.cookies.getlist(COOKIE)[:4]:
        sessions.end(old)
    g.user_id = result.user.id
    return answer(value, token=result.token)
