"""Cookies of sessions and browsers, and the answers that set them."""

from flask import Response, g, request

from app.core import clock, devices, signing_out
from app.core.sign_in_attempts import SECOND_STEP
from app.core.signin import SignedIn
from app.web.context import DEVICE_COOKIE, service
from app.web.identity import COOKIE, HOST_COOKIE, look_again, session_tokens
from app.web.json_provider import json_answer


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


def bind_sign_in(response: Response, name: str, binding: str) -> None:
    """Let the browser keep, in the cookie `name`, what binds a sign-in to it."""
    lasts = max(service().settings.challenge_ttl, SECOND_STEP // clock.SECOND)
    set_cookie(response, name, binding, max_age=lasts)


def answer(value: object, *, token: str) -> Response:
    """Answer with JSON and the session cookie, which an empty token deletes."""
    response = json_answer(value)
    set_session(response, token)
    return response


def renewed(value: object, token: str | None) -> Response:
    """Answer with JSON, and the session's new token if it has one."""
    if token is None:
        return json_answer(value)
    look_again(token)
    return answer(value, token=token)


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
