"""Who asks, in the ways of Clerk's clients: our cookie, `__client`, or the client token of a native app."""

from typing import Any

from flask import Response, g, request

from app.core import sessions, tokens
from app.core.sessions import Live
from app.core.signin import SignedIn
from app.errors import NotSignedIn, SessionInvalid, SessionUnknown
from app.web.json_provider import json_answer
from app.web.login import COOKIE, live_among, service, session_tokens, set_cookie

BROWSER_COOKIE = (
    "__client"  # binds a sign-in that is under way; a session's token is taken from it, too
)


def live() -> Live | None:
    """Give the session of this client, or None; it is looked up once a request."""
    if "clerk_live" not in g:
        g.clerk_live = live_among(_tokens())
        if g.clerk_live:
            g.user_id = g.clerk_live.user.id  # for the log
    found: Live | None = g.clerk_live
    return found


def look_again() -> None:
    """Forget what was looked up: the request has changed it."""
    g.pop("clerk_live", None)


def _tokens() -> list[str]:
    if is_native():
        return list(filter(None, [_native_token()]))
    other = request.cookies.get(BROWSER_COOKIE) or _development_token()
    return session_tokens() or list(filter(None, [other]))


def _native_token() -> str:
    return request.headers.get("Authorization", "")


def is_native() -> bool:
    """Say whether the client keeps its token itself, and sends it in `Authorization`: no cookie counts then."""
    return request.args.get("_is_native") == "1"


def is_development() -> bool:
    """Say whether test keys are served."""
    return service().settings.clerk == "development"


def _development_token() -> str:
    """Give the token that the SDK keeps for a test key, in the query: for your own machine, where nobody reads logs."""
    query = request.args.get("__clerk_db_jwt") or request.args.get("__dev_session")
    return query or "" if is_development() else ""


def required() -> Live:
    """Give the session that is asking; whatever `_clerk_session_id` names has to be that one.

    Raises `NotSignedIn`, or `SessionInvalid` when that is not a live session of this client.
    """
    found = live()
    if found is None:
        raise SessionInvalid if _tokens() else NotSignedIn
    if any(each != session_id(found) for each in request.args.getlist("_clerk_session_id")):
        raise SessionInvalid(cause="_clerk_session_id is not this client's")
    return found


def named(wanted: str) -> Live:
    """Give this client's session, when `wanted` is its id. Raises `NotSignedIn`, `SessionInvalid`, `SessionUnknown`."""
    found = required()
    if wanted != session_id(found):
        raise SessionUnknown
    return found


def session_id(found: Live) -> str:
    """Spell the id of a session."""
    return f"sess_{found.session.id}"


def browser() -> str | None:
    """Give what binds a sign-in under way to this client, if it has one already."""
    token = (
        _native_token()
        if is_native()
        else request.cookies.get(BROWSER_COOKIE) or _development_token()
    )
    return token if tokens.looks_like_token(token) else None


def remember(response: Response, name: str, token: str, *, max_age: int) -> Response:
    """Give the client a token to keep: in a cookie, or where it keeps tokens itself in a header."""
    if is_native():
        response.headers["Authorization"] = token
        return response
    set_cookie(response, name, token, max_age=max_age)
    if token and is_development():
        response.headers["Clerk-Db-Jwt"] = token
        response.headers.add("Access-Control-Expose-Headers", "Clerk-Db-Jwt")
    return response


def signed_in(result: SignedIn, value: Any) -> Response:
    """Answer a sign-in with its new token; the session that this client had is ended."""
    sessions.end(_tokens())
    g.user_id = result.user.id
    response = remember(
        json_answer(value), COOKIE, result.token, max_age=service().settings.session_lifetime
    )
    return _forget_browser(response)


def signed_out(value: Any) -> Response:
    """Answer the end of the session."""
    return _forget_browser(remember(json_answer(value), COOKIE, "", max_age=0))


def _forget_browser(response: Response) -> Response:
    if not is_native():
        set_cookie(response, BROWSER_COOKIE, "", max_age=0)
    return response
