"""Zipline's objects, with their keys in Zipline's order, followed by ours."""

from base64 import b64encode
from typing import Any

import orjson

from app.core import passkeys, sessions
from app.core.clock import iso8601
from app.core.mfa import factors
from app.core.webauthn import authenticators
from app.core.webauthn.encoding import base64url
from app.storage.records import PasskeyRecord, SessionRecord, UserRecord
from app.web.context import service

# A User lists only the newest sessions, because every sign-in's answer contains it. The
# route for sessions returns more.
_SESSIONS = 10


def user(record: UserRecord) -> dict[str, Any]:
    """Return the User, never with a password hash, a TOTP secret or a token."""
    has_totp = factors.of_user(record.id, service().settings).totp
    return {
        "id": record.id,
        "username": record.username,
        "createdAt": iso8601(record.created_at),
        "updatedAt": iso8601(record.updated_at),
        "role": record.role,
        "view": orjson.Fragment(record.view),
        "sessions": [session(each) for each in _newest_sessions(record)],
        "oauthProviders": [],
        # Dashboards test it for truth.
        "totpSecret": "enabled" if has_totp else None,
        "passkeys": passkey_list(record),
        "quota": None,
        "avatar": record.avatar,
        "totpEnabled": has_totp,
    }


def _newest_sessions(owner: UserRecord) -> list[SessionRecord]:
    return sessions.of_user(owner.id, most=_SESSIONS, settings=service().settings)


def session(record: SessionRecord) -> dict[str, Any]:
    """Return a UserSession; its id is a handle, not the token."""
    return {
        "id": record.id,
        "createdAt": iso8601(record.created_at),
        "ua": record.user_agent,
        "client": record.client,
        "device": record.device,
        "userId": record.user_id,
        "lastSeenAt": iso8601(record.last_seen_at),
        "expiresAt": iso8601(record.expires_at),
    }


def passkey_list(owner: UserRecord) -> list[dict[str, Any]]:
    """Return the owner's passkeys, oldest first."""
    handle = base64url(bytes(owner.user_handle))
    return [passkey(each, handle) for each in passkeys.of_user(owner.id)]


def passkey(record: PasskeyRecord, user_handle: str) -> dict[str, Any]:
    """Return a UserPasskey.

    `reg` is as documented for old clients, plus the key `webauthn` for new ones.
    """
    webauthn = {
        "webAuthnUserID": user_handle,
        "id": base64url(record.credential_id),
        "publicKey": b64encode(record.public_key).decode(),
        "counter": record.sign_count,
        "transports": orjson.Fragment(record.transports),
        "deviceType": "multiDevice" if record.backup_eligible else "singleDevice",
        "backedUp": bool(record.backed_up),
    }
    return {
        "id": record.id,
        "createdAt": iso8601(record.created_at),
        "updatedAt": iso8601(record.updated_at),
        "lastUsed": iso8601(record.last_used_at),
        "name": record.name,
        "reg": _with_member(record.registration, "webauthn", webauthn),
        "userId": record.user_id,
        "aaguid": record.aaguid,
        "authenticatorName": authenticators.name_of(record.aaguid),
    }


def _with_member(json_object: str, name: str, value: dict[str, Any]) -> orjson.Fragment:
    """Add a member to a non-empty object that is stored as text, without parsing it."""
    return orjson.Fragment(
        json_object[:-1].encode() + b',"' + name.encode() + b'":' + orjson.dumps(value) + b"}"
    )
