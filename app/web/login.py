"""Who is asking: flask-login over our session cookie or API token."""

from collections.abc import Iterable
from typing import cast

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response as BaseResponse

from app.core import sessions, tokens
from app.core.caller import Caller
from app.core.service import Service
from app.core.sessions import Live
from app.core.signin import SignedIn
from app.errors import NotSignedIn, SessionInvalid, SessionRequired
from app.storage.records import SessionRecord, UserRecord
from app.web.json_provider import json_answer

COOKIE = "passline_session"


class Visitor(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """flask-login's user: who is asking, and by which session; None when it was an API token."""

    def __init__(self, user: UserRecord, session: SessionRecord | None) -> None:
        self.user = user
        self.session = session

    def get_id(self) -> str:
        return self.user.id


class _Manager(LoginManager):  # type: ignore[misc]  # flask-login has no types
    """flask-login without its own session and remember cookie, which come before what a request loader says.

    So another application's `remember_token` on the same host would sign everybody out. Nor is the address hashed
    (decision 5): that signs people out behind proxies.
    """

    def _load_user(self) -> None:
        self._update_request_context_with_user(_load())


def init_app(app: Flask) -> None:
    """Make current_user and login_required work on `app`."""
    app.login_manager = _Manager()  # type: ignore[attr-defined]  # its init_app() would add the remember cookie's hook
    app.login_manager.unauthorized_handler(_unauthorized)  # type: ignore[attr-defined]


def _load() -> Visitor | None:
    token = request.environ.get("HTTP_AUTHORIZATION", "")
    if tokens.looks_like_token(token):  # a proxy's Basic or Bearer credentials are not for us
        user = sessions.user_of_api_token(token)
        return Visitor(user, None) if user else None
    live = live_among(session_tokens())
    return Visitor(live.user, live.session) if live else None


def session_tokens() -> list[str]:
    """List this request's session cookies, the first few.

    There are two (of the host and of COOKIE_DOMAIN) after that setting changed, and browsers send the older one first.
    """
    return list(filter(None, request.cookies.getlist(COOKIE)))[:4]


def live_among(candidates: Iterable[str]) -> Live | None:
    """Give the first session in force among the tokens, or None."""
    settings = service().settings
    return next(
        filter(None, (sessions.find(token, settings=settings) for token in candidates)), None
    )


def _unauthorized() -> BaseResponse:
    if request.blueprint == "pages":
        return redirect(
            url_for("pages.login", next=request.script_root + request.full_path.rstrip("?"))
        )
    if COOKIE in request.cookies or tokens.looks_like_token(
        request.headers.get("Authorization", "")
    ):
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
    sessions.end(session_tokens())
    g.user_id = result.user.id
    return answer(value, token=result.token)
