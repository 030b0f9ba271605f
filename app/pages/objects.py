"""The JSON objects of our pages' API."""

from typing import Any

import orjson

from app.core import passkeys
from app.core.clock import iso8601
from app.core.mfa import factors, notices
from app.core.sessions import Live
from app.core.webauthn import authenticators
from app.core.webauthn.encoding import base64url
from app.storage.records import PasskeyRecord, UserRecord
from app.web.context import service

Json = dict[str, Any]


def user(record: UserRecord) -> Json:
    """Return the user whose answer it is."""
    return {"username": record.username, "handle": base64url(bytes(record.user_handle))}


def passkey_list(owner: UserRecord) -> Json:
    """Return the owner and their passkeys, oldest first."""
    return {
        "user": user(owner),
        "passkeys": [_passkey(each) for each in passkeys.of_user(owner.id)],
    }


def security(live: Live) -> Json:
    """Return the ways in of the session's user, and what the policy asks."""
    settings = service().settings
    found = factors.of_user(live.user.id, settings)
    return {
        "user": user(live.user),
        "factors": {
            "password": found.password,
            "totp": found.totp,
            "passkeys": found.passkeys,
            "recovery_codes": found.recovery_codes,
            "recovery_codes_saved": found.saved_codes > 0,
            "always_asks": found.always_asks,
        },
        "policy": settings.mfa_policy,
        "standing": live.standing.value,
        "can_remove_password": found.password and found.can_do_without_password,
        "notices": [
            {"event": each.event, "at": iso8601(each.at), "actor": each.actor}
            for each in notices.since_last_sign_in(live)
        ],
    }


def codes(owner: UserRecord, made: list[str]) -> Json:
    """Return recovery codes, which are shown once."""
    return {"user": user(owner), "recovery_codes": made}


def _passkey(record: PasskeyRecord) -> Json:
    """Return a passkey. Its registration does not count as a use."""
    used = record.last_used_at > record.created_at
    discoverable = None if record.discoverable is None else bool(record.discoverable)
    return {
        "id": record.id,
        "name": record.name,
        "credential_id": base64url(bytes(record.credential_id)),
        "authenticator": authenticators.name_of(record.aaguid),
        "backup_eligible": bool(record.backup_eligible),
        "backed_up": bool(record.backed_up),
        "discoverable": discoverable,
        "transports": orjson.Fragment(record.transports),
        "created_at": iso8601(record.created_at),
        "last_used_at": iso8601(record.last_used_at) if used else None,
    }
