"""Zipline's objects, their keys in its order; ours come after."""

from base64 import b64encode
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from app.core import passkeys, sessions
from app.core.webauthn import authenticators
from app.core.webauthn.encoding import base64url
from app.storage.records import PasskeyRecord, SessionRecord, UserRecord
from app.web.login import service

# A User tells of so many sessions, the newest: it is part of every sign-in's answer. Their own route tells more.
_SESSIONS = 10


@lru_cache(maxsize=4096)
def timestamp(milliseconds: int) -> str:
    """Write a time as ISO 8601 in UTC with milliseconds and Z."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def user(record: UserRecord) -> dict[str, Any]:
    """Give the User: never a password's hash, a TOTP secret or a token."""
    return {
        "id": record.id,
        "username": record.username,
        "createdAt": timestamp(record.created_at),
        "updatedAt": timestamp(record.updated_at),
        "role": record.role,
        "view": orjson.Fragment(record.view),
        "sessions": [session(each) for each in _newest_sessions(record)],
        "oauthProviders": [],
        # Dashboards test it for truth. When TOTP comes, a fixed placeholder says that it is on.
        "totpSecret": None,
        "passkeys": passkey_list(record),
        "quota": None,
        "avatar": record.avatar,
        "totpEnabled": False,
    }


def _newest_sessions(owner: UserRecord) -> list[SessionRecord]:
    return sessions.of_user(owner.id, most=_SESSIONS, settings=service().settings)


def session(record: SessionRecord) -> dict[str, Any]:
    """Give a UserSession; its id is a handle, not the token."""
    return {
        "id": record.id,
        "createdAt": timestamp(record.created_at),
        "ua": record.user_agent,
        "client": record.client,
        "device": record.device,
        "userId": record.user_id,
        "lastSeenAt": timestamp(record.last_seen_at),
        "expiresAt": timestamp(record.expires_at),
    }


def passkey_list(owner: UserRecord) -> list[dict[str, Any]]:
    """Give the owner's passkeys, oldest first."""
    handle = base64url(bytes(owner.user_handle))
    return [passkey(each, handle) for each in passkeys.of_user(owner.id)]


def passkey(record: PasskeyRecord, user_handle: str) -> dict[str, Any]:
    """Give a UserPasskey: `reg` as documented for old clients, with the key `webauthn` that new ones look for."""
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
        "createdAt": timestamp(record.created_at),
        "updatedAt": timestamp(record.updated_at),
        "lastUsed": timestamp(record.last_used_at),
        "name": record.name,
        "reg": _with_member(record.registration, "webauthn", webauthn),
        "userId": record.user_id,
        "aaguid": record.aaguid,
        "authenticatorName": authenticators.name_of(record.aaguid),
    }


def _with_member(json_object: str, name: str, value: dict[str, Any]) -> orjson.Fragment:
    """Add a member to an object that is stored as text, without parsing it; it has others already."""
    return orjson.Fragment(
        json_object[:-1].encode() + b',"' + name.encode() + b'":' + orjson.dumps(value) + b"}"
    )
