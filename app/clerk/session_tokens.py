"""Session tokens: JWTs that are valid for one minute.

A backend verifies them with the keys in /.well-known/jwks.json.
"""

from typing import Any

from flask import request

from app.clerk import answers as a
from app.clerk import asking
from app.clerk.answers import SESSION_ID
from app.clerk.blueprint import clerk
from app.clerk.session_objects import ages
from app.core import clock, signing_keys
from app.core.mfa import factors, proofs
from app.core.sessions import Live, SessionUnknown
from app.describe.operation import answers
from app.web.context import service
from app.web.rate_limits import limited

_LIFETIME = 60  # seconds
_SKEW = 10  # seconds that a backend's clock may be behind ours, as with Clerk


@clerk.post("/v1/client/sessions/<session_id>/tokens")
@answers(a.Token, signed_in=True, parameters=(SESSION_ID,), raises=(SessionUnknown,))
@limited("3000/minute", of_user="600/minute")
def session_token(session_id: str) -> dict[str, Any]:
    """Return a session token, without an envelope; who only enrols is nobody yet."""
    return {
        "object": "token",
        "jwt": signing_keys.sign(_claims(asking.named(session_id)), service=service()),
    }


@clerk.get("/.well-known/jwks.json")
@answers(a.Keys)
@limited("3000/minute")
def jwks() -> dict[str, Any]:
    """Publish the keys (RFC 7517)."""
    return signing_keys.key_set(service=service())


def _claims(live: Live) -> dict[str, Any]:
    now, own = clock.now() // clock.SECOND, factors.of_user(live.user.id, service().settings)
    return {
        "iss": issuer(),
        "sub": f"user_{live.user.id}",
        "sid": asking.session_id(live),
        "azp": _authorized_party(),
        "iat": now,
        "nbf": now - _SKEW,
        "exp": now + _LIFETIME,
        "amr": proofs.of_session(live.session).amr,
        # It must not be after iat, even if our clock went back.
        "auth_time": min(now, live.session.auth_time // clock.SECOND),
        "fva": ages(live.session, own),
        "sts": "active",
        "v": 2,
    }


def issuer() -> str:
    """Return the issuer: our origin, with the prefix that we are served below."""
    return service().settings.web_origin + request.script_root


def _authorized_party() -> str:
    """Return the origin of the request if it is ours or allowed by CORS, else ours."""
    settings, asked = service().settings, request.headers.get("Origin", "")
    return asked if asked in (*settings.origins, *settings.cors_origins) else settings.web_origin
