"""Clerk's Client, Session and SignIn. Times are Unix milliseconds; every field that its schemas require is there."""

from typing import Any

from app.clerk import asking, users
from app.core import clock, sign_in_attempts
from app.core.sessions import Live
from app.core.sign_in_attempts import Step
from app.storage.records import SessionRecord
from app.web.login import service

Json = dict[str, Any]


def wrapped(response: Any) -> Json:
    """Give `{response, client}`: the SDK replaces its whole state by the client in every answer."""
    return {"response": response, "client": client()}


def client(found: Live | None = None) -> Json | None:
    """Give the Client: this browser, its session, and the sign-in that is under way; None when it has neither."""
    found = found or asking.live()
    if found is None:
        step = sign_in_attempts.current(asking.browser())
        return client_signing_in(step, sign_in(step)) if step else None
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
        "cookie_expires_at": None,  # a time would have the SDK lead the browser to /v1/client/touch to renew the cookie
        "captcha_bypass": False,
        **members,
    }


def client_signing_in(step: Step, sign_in: Json) -> Json | None:
    """Give the Client with the sign-in that has just begun or gone on in it."""
    found = asking.live()
    if found:
        return (client(found) or {}) | {"sign_in": sign_in}
    return _client(step.id, sign_in=sign_in, created_at=step.created_at, updated_at=step.created_at)


def client_without_session(ended: Live) -> Json:
    """Give the Client as it is after its session has ended."""
    return (client(ended) or {}) | {"sessions": [], "last_active_session_id": None}


def session(found: Live, status: str = "active") -> Json:
    """Give a Session with its User; `factor_verification_age` are minutes since each factor, -1 where there is none."""
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
    """Give a session of the user anywhere, with what is known of its device."""
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


def sign_in(step: Step, *, nonce: str | None = None, session_id: str | None = None) -> Json:
    """Give the SignIn; its factors are the same whether or not the account exists, and whatever it has."""
    factors = (
        [{"strategy": "passkey"}, {"strategy": "password"}]
        if service().settings.passkeys_enabled
        else []
    )
    verification: Json | None = None
    if nonce is not None:
        verification = {
            "status": "unverified",
            "strategy": "passkey",
            "attempts": 0,
            "expire_at": step.expires_at,
        }
        verification["nonce"] = nonce
    return {
        "object": "sign_in_attempt",
        "id": f"sia_{step.id}",
        "status": "complete" if session_id else "needs_first_factor",
        "supported_identifiers": ["username", "passkey"],
        "supported_first_factors": factors or [{"strategy": "password"}],
        "supported_second_factors": None,
        "first_factor_verification": verification,
        "second_factor_verification": None,
        "identifier": step.identifier,
        "user_data": None,
        "created_session_id": session_id,
        "abandon_at": step.expires_at,
    }
