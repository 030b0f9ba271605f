"""The caller's identity, from the session cookie, an API token, or what an edge adds.

flask-login is a thin layer over it, for `login_required` and `current_user`.
"""

from typing import cast

from flask import Flask, g, request
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response as BaseResponse

from app.core import sessions, tokens
from app.core.sessions import Live
from app.errors import NotSignedIn, SessionInvalid, SessionRequired
from app.storage.records import SessionRecord, UserRecord
from app.web.context import service

# Browsers take the first from https pages of this very host alone, so that no other
# host of its domain can plant one (RFC 6265bis, 4.1.3.2).
HOST_COOKIE = "__Host-passline_session"
COOKIE = "passline_session"
COOKIES = (HOST_COOKIE, COOKIE)


class Visitor(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """The signed-in user and the session, which is None for an API token."""

    def __init__(self, user: UserRecord, live: Live | None) -> None:
        self.user = user
        self.live = live

    @property
    def session(self) -> SessionRecord | None:
        """The visitor's session, None for an API token."""
        return self.live.session if self.live else None

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
    return Visitor(live.user, live) if live else None


def session_tokens() -> list[str]:
    """Return the first few session cookies of this request.

    There are several after a change of COOKIE_DOMAIN, URL_PREFIX or of the scheme, and
    of one name browsers send the older one first.
    """
    if renewed := g.get("renewed"):
        return [renewed]
    sent = [token for name in COOKIES for token in request.cookies.getlist(name)]
    return list(filter(None, sent))[:4]


def live_among(candidates: list[str]) -> Live | None:
    """Return the first session in force among the tokens, or None.

    Each token is looked up once per request. `g.user_id` is the user for the log,
    `g.session` for context().
    """
    found: dict[str, Live | None] = g.setdefault("sessions_of_tokens", {})
    for token in candidates:
        if token not in found:
            found[token] = sessions.find(token, settings=service().settings)
        if live := found[token]:
            g.user_id, g.session = live.user.id, live.session
            return live
    return None


def look_again(renewed: str | None = None) -> None:
    """Forget what was looked up, because the request has changed it.

    `renewed` is the new token of the session, if it has one: the one sent is void.
    """
    g.pop("sessions_of_tokens", None)
    g.renewed = renewed


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
    live = visitor().live
    if live is None:
        raise SessionRequired
    return live
