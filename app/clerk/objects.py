"""Clerk's Client, Session and SignIn, with all fields that its schemas require.

Times are Unix milliseconds.
"""

from typing import Any

from app.clerk import asking, users
from app.core import clock, sign_in_attempts
from app.core.sessions import Live
from app.storage.records import SessionRecord, SignInAttemptRecord
from app.web.context import service

Json = dict[str, Any]


def wrapped(response: Any) -> Json:
    """Return `{response, client}`; the SDK replaces its whole state with the client."""
    return {"response": response, "client": client()}


def client(found: Live | None = None) -> Json | None:
    """Return the Client: this browser, with its session and its sign-in in progress.

    None if it has neither.
    """
    found = found or asking.live()
    if found is None:
        attempt = sign_in_attempts.current(asking.browser())
        return client_signing_in(attempt, sign_in(attempt)) if attempt else None
    return _client(
        found.session.id,
        sessions=[session(found)],
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


def client_signing_in(attempt: SignInAttemptRecord, sign_in: Json) -> Json | None:
    """Return the Client with the sign-in that has just started or continued."""
    found = asking.live()
    if found:
        return (client(found) or {}) | {"sign_in": sign_in}
    return _client(
        attempt.id, sign_in=sign_in, created_at=attempt.created_at, updated_at=attempt.created_at
    )


def client_without_session(ended: Live) -> Json:
    """Return the Client as it is after its session has ended."""
    return (client(ended) or {}) | {"sessions": [], "last_active_session_id": None}


def session(found: Live, status: str = "active") -> Json:
    """Return a Session with its User.

    `factor_verification_age` has the minutes since each factor, -1 if there is none.
    """
    record = found.session
    minutes = max(0, (clock.now() - record.auth_time) // clock.MINUTE)
    return {
        "object": "session",
        "id": asking.session_id(found),
        "status": status,
        "expire_at": record.expires_at,
        "abandon_at": record.expires_at,
        "last_active_at": record.last_seen_at,
        "last_active_organization_id": None,
        "last_active_token": None,
        "actor": None,
        "tasks": None,
        "factor_verification_age": [minutes, minutes if "mfa" in record.methods.split() else -1],
        "user": users.user(found.user),
        "public_user_data": users.public_user_data(found.user),
        "created_at": record.created_at,
        "updated_at": record.last_seen_at,
    }


def session_with_activity(record: SessionRecord, status: str = "active") -> Json:
    """Return any session of the user, with what is known about its device."""
    return {
        "object": "session",
        "id": f"sess_{record.id}",
        "status": status,
        "expire_at": record.expires_at,
        "abandon_at": record.expires_at,
        "last_active_at": record.last_seen_at,
        "actor": None,
        "latest_activity": {
            "object": "session_activity",
            "id": f"sess_activity_{record.id}",
            "browser_name": record.client,
            "browser_version": "",
            "device_type": record.device,
            "ip_address": "",
            "city": "",
            "country": "",
            "is_mobile": record.device in ("iPhone", "iPad") or "Android" in record.user_agent,
        },
    }


def sign_in(
    attempt: SignInAttemptRecord, *, nonce: str | None = None, session_id: str | None = None
) -> Json:
    """Return the SignIn.

    Its factors are the same for every account, even for one that does not exist.
    """
    strategies = ("passkey", "password") if service().settings.passkeys_enabled else ("password",)
    return {
        "object": "sign_in_attempt",
        "id": f"sia_{attempt.id}",
        "status": "complete" if session_id else "needs_first_factor",
        "supported_identifiers": ["username", "passkey"],
        "supported_first_factors": [{"strategy": each} for each in strategies],
        "supported_second_factors": None,
        "first_factor_verification": _verification(attempt, nonce) if nonce else None,
        "second_factor_verification": None,
        "identifier": attempt.identifier,
        "user_data": None,
        "created_session_id": session_id,
        "abandon_at": attempt.expires_at,
    }


def _verification(attempt: SignInAttemptRecord, nonce: str) -> Json:
    return {
        "status": "unverified",
        "strategy": "passkey",
        "attempts": 0,
        "expire_at": attempt.expires_at,
        "nonce": nonce,
    }
