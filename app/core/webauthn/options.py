"""The options that start the ceremonies (WebAuthn Level 3, 5.4 and 5.5)."""

from typing import Any

from app.core.webauthn import public_keys
from app.core.webauthn.encoding import base64url
from app.settings import Settings
from app.storage.records import UserRecord

TIMEOUT = 300_000  # ms, which 15.1 recommends for ceremonies with user verification


def creation_options(
    user: UserRecord, challenge: bytes, existing: list[dict[str, Any]], *, settings: Settings
) -> dict[str, Any]:
    """Return PublicKeyCredentialCreationOptionsJSON, which excludes `existing`."""
    return {
        "rp": {"name": settings.rp_name, "id": settings.rp_id},
        "user": {
            "id": base64url(user.user_handle),
            "name": user.username,
            "displayName": user.username,
        },
        "challenge": base64url(challenge),
        "pubKeyCredParams": [
            {"type": "public-key", "alg": algorithm} for algorithm in public_keys.ALGORITHMS
        ],
        "timeout": min(TIMEOUT, settings.challenge_ttl * 1000),
        "excludeCredentials": existing,
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": settings.user_verification,
        },
        "attestation": "none",
        "extensions": {"credProps": True},
        "hints": [],
    }


def request_options(
    challenge: bytes, allowed: list[dict[str, Any]] | None = None, *, settings: Settings
) -> dict[str, Any]:
    """Return PublicKeyCredentialRequestOptionsJSON.

    `allowed` are the passkeys of a user who is known; of anybody else, none are told.
    """
    return {
        "rpId": settings.rp_id,
        "challenge": base64url(challenge),
        "timeout": min(TIMEOUT, settings.challenge_ttl * 1000),
        "userVerification": settings.user_verification,
        **({"allowCredentials": allowed} if allowed else {}),
    }
