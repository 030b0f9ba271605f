"""Session tokens: JWTs of one minute, which a backend verifies by the keys of /.well-known/jwks.json."""

from typing import Any

from flask import request

from app.clerk import asking
from app.clerk.blueprint import clerk
from app.core import clock, signing_keys
from app.core.sessions import Live
from app.web.login import service

_LIFETIME = 60  # seconds
_SKEW = 10  # seconds that a backend's clock may be behind ours, as Clerk has it


@clerk.post("/v1/client/sessions/<session_id>/tokens")
def session_token(session_id: str) -> dict[str, Any]:
    """Give a session token, without an envelope."""
    return {
        "object": "token",
        "jwt": signing_keys.sign(_claims(asking.named(session_id)), service=service()),
    }


@clerk.get("/.well-known/jwks.json")
def jwks() -> dict[str, Any]:
    """Publish the keys (RFC 7517)."""
    return signing_keys.key_set()


def _claims(live: Live) -> dict[str, Any]:
    now = clock.now() // clock.SECOND
    return {
        "iss": issuer(),
        "sub": f"user_{live.user.id}",
        "sid": asking.session_id(live),
        "azp": _authorized_party(),
        "iat": now,
        "nbf": now - _SKEW,
        "exp": now + _LIFETIME,
        "amr": live.session.methods.split(),
        "auth_time": min(
            now, live.session.auth_time // clock.SECOND
        ),  # not after iat: our clock may have gone back
    }


def origin() -> str:
    """Give our first origin that is a web page's."""
    return next(each for each in service().settings.origins if each.startswith("http"))


def issuer() -> str:
    """Name who signs: our origin, with the path that we live below."""
    return origin() + request.script_root


def _authorized_party() -> str:
    """Name the origin that asked, where it is one of ours or of those that may."""
    settings, asked = service().settings, request.headers.get("Origin", "")
    return asked if asked in (*settings.origins, *settings.cors_origins) else origin()
