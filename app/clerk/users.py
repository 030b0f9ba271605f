"""Clerk's User and Passkey objects, with all fields that its schemas require."""

from typing import Any

from app.core import enrolments, passkeys
from app.core.mfa import totp
from app.core.mfa.factors import Factors
from app.core.webauthn import authenticators
from app.storage.records import EnrolmentRecord, PasskeyRecord, UserRecord

Json = dict[str, Any]

# Fields that our users never have, by the type that the schemas require.
NOTHING_OF = (
    "email_addresses",
    "phone_numbers",
    "web3_wallets",
    "external_accounts",
    "saml_accounts",
)
NONE_OF = (
    *(
        "first_name",
        "last_name",
        "primary_email_address_id",
        "primary_phone_number_id",
        "primary_web3_wallet_id",
    ),
    *(
        "external_id",
        "last_sign_in_at",
        "lockout_expires_in_seconds",
        "verification_attempts_remaining",
    ),
    *("legal_accepted_at", "last_active_at", "password_last_updated_at"),
)
NOT = (
    *("has_image", "banned", "locked"),
    *("delete_self_enabled", "create_organization_enabled"),
)


def user(record: UserRecord, own: Factors) -> Json:
    """Return the User, with their factors and finished passkeys."""
    enabled_at, disabled_at = totp.switched(record.id)
    return {
        "object": "user",
        "id": f"user_{record.id}",
        "username": record.username,
        "image_url": "",
        "password_enabled": own.password,
        # Neither backup codes nor passkeys alone count.
        "two_factor_enabled": own.totp,
        "totp_enabled": own.totp,
        "backup_code_enabled": own.recovery_codes > 0,
        "mfa_enabled_at": enabled_at,
        "mfa_disabled_at": disabled_at,
        "passkeys": [passkey(each) for each in passkeys.of_user(record.id)],
        "organization_memberships": [],
        "enterprise_accounts": [],
        "public_metadata": {},
        "unsafe_metadata": {},
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        **{name: [] for name in NOTHING_OF},
        **dict.fromkeys(NONE_OF),
        **dict.fromkeys(NOT, False),
    }


def public_user_data(record: UserRecord) -> Json:
    """Return what others may see of a user.

    There is no `username`, because one of Clerk's two schemas forbids it.
    """
    return {
        "first_name": None,
        "last_name": None,
        "image_url": "",
        "has_image": False,
        "identifier": record.username,
        "user_id": f"user_{record.id}",
    }


def any_passkey(record: PasskeyRecord | EnrolmentRecord) -> Json:
    """Return a Passkey, finished or not."""
    return passkey(record) if isinstance(record, PasskeyRecord) else unfinished_passkey(record)


def passkey(record: PasskeyRecord) -> Json:
    """Return a finished Passkey. Its registration does not count as a use."""
    return {
        "object": "passkey",
        "id": f"idn_{record.id}",
        "name": record.name,
        "last_used_at": record.last_used_at if record.last_used_at > record.created_at else None,
        "verification": {
            "status": "verified",
            "strategy": "passkey",
            "attempts": 1,
            "expire_at": record.created_at,
        },
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def unfinished_passkey(record: EnrolmentRecord) -> Json:
    """Return a Passkey that has no credential yet.

    `nonce` is the JSON text of its creation options, while they are valid.
    """
    status = enrolments.status(record)
    verification: Json = {
        "status": status,
        "strategy": "passkey",
        "attempts": record.attempts,
        "expire_at": record.expires_at,
    }
    return {
        "object": "passkey",
        "id": f"idn_{record.id}",
        "name": record.name or authenticators.UNNAMED,
        "last_used_at": None,
        "verification": verification
        | ({"nonce": record.options} if status == "unverified" else {}),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }
