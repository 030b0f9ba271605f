"""Clerk's Client, which comes with each answer. Times are Unix milliseconds."""

from typing import Any

from app.clerk import asking, sign_in_objects
from app.clerk.session_objects import session
from app.core.sessions import Live
from app.storage.records import SignInAttemptRecord

Json = dict[str, Any]


def wrapped(response: Any) -> Json:
    """Return `{response, client}`; the SDK replaces its whole state with the client."""
    return {"response": response, "client": client()}


def client(found: Live | None = None) -> Json | None:
    """Return the Client: this browser, with its session and its sign-in in progress.

    None if it has neither.
    """
    found, begun = found or asking.live(), sign_in_objects.of_browser()
    if found is None:
        return _client_of(*begun) if begun else None
    return _client(
        found.session.id,
        sessions=[session(found)],
        sign_in=begun[1] if begun else None,
        last_active_session_id=asking.session_id(found),
        last_authentication_strategy="password"
        if "pwd" in found.session.methods.split()
        else "passkey",
        created_at=found.session.created_at,
        updated_at=found.session.last_seen_at,
    )


def _client(own_id: str, **members: Any) -> Json:
    return {
        "object": "client",
        "id": f"client_{own_id}",
        "sessions": [],
        "sign_in": None,
        "sign_up": None,
        "last_active_session_id": None,
        "last_authentication_strategy": None,
        # With a time, the SDK would go to /v1/client/touch to renew the cookie.
        "cookie_expires_at": None,
        "captcha_bypass": False,
        **members,
    }


def signing_in(attempt: SignInAttemptRecord, sign_in: Json) -> Json:
    """Return `{response, client}` with the sign-in that has started or continued."""
    return {"response": sign_in, "client": _client_signing_in(attempt, sign_in)}


def _client_signing_in(attempt: SignInAttemptRecord, sign_in: Json) -> Json | None:
    found = asking.live()
    if found:
        return (client(found) or {}) | {"sign_in": sign_in}
    return _client_of(attempt, sign_in)


def _client_of(attempt: SignInAttemptRecord, sign_in: Json) -> Json:
    return _client(
        attempt.id, sign_in=sign_in, created_at=attempt.created_at, updated_at=attempt.created_at
    )


def client_without_session(ended: Live) -> Json:
    """Return the Client as it is after its session has ended."""
    return (client(ended) or {}) | {"sessions": [], "last_active_session_id": None}
