"""The caller's identity, for Clerk's clients.

It comes from our cookie, from `__client`, or from the client token of a native app.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, current_app, g, request

from app.core import signing_out, tokens
from app.core.context import Context
from app.core.mfa.errors import SecondFactorRequired
from app.core.sessions import Live, SessionUnknown
from app.core.signin import SignedIn
from app.errors import NotSignedIn, SessionInvalid
from app.web import context as web
from app.web import cookies, identity
from app.web.context import service
from app.web.cookies import set_cookie, set_session
from app.web.identity import look_again as look_again
from app.web.identity import session_tokens
from app.web.json_provider import json_answer

View = TypeVar("View", bound=Callable[..., Any])

BROWSER_COOKIE = "__client"  # binds a sign-in in progress; may also hold the session's token


def live() -> Live | None:
    """Return the session of this client, or None."""
    return identity.live_among(_tokens())


def user_id() -> str | None:
    """Return the id of the user of this client, or None."""
    found = live()
    return found.user.id if found else None


def _tokens() -> list[str]:
    if renewed := g.get("renewed"):
        return [renewed]
    if is_native():
        return list(filter(None, [_native_token()]))
    other = request.cookies.get(BROWSER_COOKIE) or _development_token()
    return session_tokens() or list(filter(None, [other]))


def _native_token() -> str:
    return request.headers.get("Authorization", "")


def is_native() -> bool:
    """Return whether the client keeps its token itself and sends it in `Authorization`.

    Cookies are then ignored.
    """
    return request.args.get("_is_native") == "1"


def context() -> Context:
    """Return the context of calls to the core; a native client has no device."""
    given = web.context()
    return given._replace(caller=given.caller._replace(device=None)) if is_native() else given


def is_development() -> bool:
    """Return whether test keys are served."""
    return service().settings.clerk == "development"


def _development_token() -> str:
    """Return the token that the SDK keeps for a test key, in the query.

    This is only for development, since URLs end up in logs.
    """
    query = request.args.get("__clerk_db_jwt") or request.args.get("__dev_session")
    return query or "" if is_development() else ""


def enrolling(view: View) -> View:
    """Let also those request the view whose session only serves to enrol."""
    view.enrolling = True  # type: ignore[attr-defined]  # for required() and the documentation
    return view


def required() -> Live:
    """Return the caller's session, which `_clerk_session_id` must name if it is sent.

    Raises `NotSignedIn`, or `SessionInvalid` if that is no live session of this client,
    `SecondFactorRequired` if it only serves to enrol and the view is not for that.
    """
    found = live()
    if found is None:
        raise SessionInvalid if _tokens() else NotSignedIn
    if any(each != session_id(found) for each in request.args.getlist("_clerk_session_id")):
        raise SessionInvalid(cause="_clerk_session_id is not this client's")
    view = current_app.view_functions[request.endpoint or ""]
    if found.standing.enrols_only and not getattr(view, "enrolling", False):
        raise SecondFactorRequired
    return found


def named(wanted: str) -> Live:
    """Return this client's session if `wanted` is its id.

    Raises `NotSignedIn`, `SessionInvalid`, `SessionUnknown`.
    """
    found = required()
    if wanted != session_id(found):
        raise SessionUnknown
    return found


def session_id(found: Live) -> str:
    """Return the id of a session, as Clerk spells it."""
    return f"sess_{found.session.id}"


def browser() -> str | None:
    """Return the token that binds a sign-in in progress to this client, or None."""
    cookie = request.cookies.get(BROWSER_COOKIE)
    token = _native_token() if is_native() else cookie or _development_token()
    return token if tokens.looks_like_token(token) else None


def remember(response: Response, token: str, *, max_age: int) -> Response:
    """Send the client the token of a sign-in in progress: in a cookie or a header."""
    if not is_native():
        set_cookie(response, BROWSER_COOKIE, token, max_age=max_age)
    return _with_header(response, token)


def _with_session(response: Response, token: str) -> Response:
    """Send the client the session's token likewise; "" ends it."""
    if not is_native():
        set_session(response, token)
    return _with_header(response, token)


def _with_header(response: Response, token: str) -> Response:
    if is_native():
        response.headers["Authorization"] = token
    elif token and is_development():
        response.headers["Clerk-Db-Jwt"] = token
        response.headers.add("Access-Control-Expose-Headers", "Clerk-Db-Jwt")
    return response


def signed_in(result: SignedIn, value: Any) -> Response:
    """Answer a sign-in with its new token, and end the session that the client had."""
    signing_out.replaced(_tokens())
    g.user_id = result.user.id
    response = _with_session(json_answer(value), result.token)
    cookies.set_device(response, result.device)
    return _forget_browser(response)


def signed_out(value: Any) -> Response:
    """Answer the end of the session."""
    return _forget_browser(_with_session(json_answer(value), ""))


def renewed(value: Any, token: str | None) -> Response:
    """Answer with the session's new token, if it has one."""
    response = json_answer(value)
    return _with_session(response, token) if token else response


def _forget_browser(response: Response) -> Response:
    if not is_native():
        set_cookie(response, BROWSER_COOKIE, "", max_age=0)
    return response
