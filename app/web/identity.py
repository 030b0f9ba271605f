"""The caller's identity, from the session cookie, an API token, or what an edge adds.

flask-login is a thin layer over it, for `login_required` and `current_user`.
"""

from typing import cast

from flask import Flask, Response, g, request
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response as BaseResponse

from app.core import clock, devices, sessions, signing_out, tokens
from app.core.sessions import Live
from app.core.signin import SignedIn
from app.errors import NotSignedIn, SessionInvalid, SessionRequired
from app.storage.records import SessionRecord, UserRecord
from app.web.context import DEVICE_COOKIE, service
from app.web.json_provider import json_answer

# Browsers take the first from https pages of this very host alone, so that no other
# host of its domain can plant one (RFC 6265bis, 4.1.3.2).
HOST_COOKIE = "__Host-passline_session"
COOKIE = "passline_session"
COOKIES = (HOST_COOKIE, COOKIE)


class Visitor(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """The signed-in user and the session, which is None for an API token."""

    def __init__(self, user: UserRecord, session: SessionRecord | None) -> None:
        self.user = user
        self.session = session

    def get_id(self) -> str:
        return self.user.id


class _Manager(LoginManager):  # type: ignore[misc]  # flask-login has no types
    """flask-login without its own session and remember cookie.

    Both take precedence over a request loader, so another application's
    `remember_token` on the same host would sign everyone out. The address is not hashed
    either (decision 5): that would sign out people behind proxies.
    """

    def _load_user(self) -> None:
        g.visitor = _find()
        self._update_request_context_with_user(g.visitor)


def init_app(app: Flask) -> None:
    """Make current_user and login_required work on `app`."""
    # Its init_app() would add the hook of the remember cookie. Flask does not declare
    # this attribute; flask-login looks it up.
    app.login_manager = _Manager()  # type: ignore[attr-defined]
    app.login_manager.unauthorized_handler(_unauthorized)  # type: ignore[attr-defined]


def _find() -> Visitor | None:
    token = request.environ.get("HTTP_AUTHORIZATION", "")
    if tokens.looks_like_token(token):  # a proxy's Basic or Bearer credentials are not for us
        user = sessions.user_of_api_token(token)
        if user is None:
            return None
        g.user_id, g.api_token = user.id, tokens.digest(token)
        return Visitor(user, None)
    live = live_among(session_tokens())
    return Visitor(live.user, live.session) if live else None


def session_tokens() -> list[str]:
    """Return the first few session cookies of this request.

    There are several after a change of COOKIE_DOMAIN, URL_PREFIX or of the scheme, and
    of one name browsers send the older one first.
    """
    sent = [token for name in COOKIES for token in request.cookies.getlist(name)]
    return list(filter(None, sent))[:4]


def live_among(candidates: list[str]) -> Live | None:
    """Return the first session in force among the tokens, or None.

    Each token is looked up once per request. `g.user_id` is the user for the log,
    `g.session_id` for context().
    """
    found: dict[str, Live | None] = g.setdefault("sessions_of_tokens", {})
    for token in candidates:
        if token not in found:
            found[token] = sessions.find(token, settings=service().settings)
        if live := found[token]:
            g.user_id, g.session_id = live.user.id, live.session.id
            return live
    return None


def look_again() -> None:
    """Forget what was looked up, because the request has changed it."""
    g.pop("sessions_of_tokens", None)


def _unauthorized() -> BaseResponse:
    shows_a_token = tokens.looks_like_token(request.headers.get("Authorization", ""))
    raise SessionInvalid if shows_session() or shows_a_token else NotSignedIn


def shows_session() -> bool:
    """Return whether the request has a session cookie, of whatever worth."""
    return any(name in request.cookies for name in COOKIES)


def visitor() -> Visitor:
    """Return the visitor. The view must have login_required."""
    return cast(Visitor, current_user._get_current_object())


def known_visitor() -> Visitor | None:
    """Return the visitor that this request has looked up, or None.

    It never asks the database, whose failure may be what is answered.
    """
    found: Visitor | None = g.get("visitor")
    return found


def live_session() -> Live:
    """Return the visitor's session. Raises `SessionRequired` for an API token."""
    asking = visitor()
    if asking.session is None:
        raise SessionRequired
    return Live(asking.user, asking.session)


def set_cookie(response: Response, name: str, value: str, *, max_age: int) -> None:
    """Set a cookie that only this service's pages send and no script can read.

    An empty value deletes it.
    """
    of_host = name == HOST_COOKIE  # without these attributes no browser takes it
    response.set_cookie(
        name,
        value,
        max_age=max_age if value else 0,
        path="/" if of_host else request.script_root or "/",
        domain=None if of_host else service().settings.cookie_domain,
        secure=of_host or _is_secure(),
        httponly=True,
        samesite="Lax",
    )


def _is_secure() -> bool:
    host = request.environ.get("HTTP_HOST", "")
    return service().settings.is_secure(request.scheme, host)


def set_session(response: Response, token: str) -> None:
    """Set the session cookie, and delete one of its other name; "" deletes both."""
    settings = service().settings
    shared = settings.cookie_domain or request.script_root
    of_host = _is_secure() and not shared
    name, other = (HOST_COOKIE, COOKIE) if of_host else (COOKIE, HOST_COOKIE)
    set_cookie(response, name, token, max_age=settings.session_lifetime)
    if other in request.cookies:
        set_cookie(response, other, "", max_age=0)


def set_device(response: Response, token: str | None) -> None:
    """Let the browser keep the token by which a user's own device is known."""
    if token:
        set_cookie(response, DEVICE_COOKIE, token, max_age=devices.LIFETIME // clock.SECOND)


def answer(value: object, *, token: str) -> Response:
    """Answer with JSON and the session cookie, which an empty token deletes."""
    response = json_answer(value)
    set_session(response, token)
    return response


def signed_in(result: SignedIn, value: object) -> Response:
    """Answer a sign-in, and end the session that this browser had before."""
    signing_out.replaced(session_tokens())
    g.user_id = result.user.id
    response = answer(value, token=result.token)
    set_device(response, result.device)
    return response


def signed_out(value: object) -> Response:
    """End this browser's session, and answer."""
    signing_out.by_tokens(session_tokens())
    return answer(value, token="")
