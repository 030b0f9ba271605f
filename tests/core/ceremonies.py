"""Ceremonies without a browser or a database: what the relying party says to an authenticator's response."""

from dataclasses import replace
from typing import Any

from app.core.webauthn import options, relying_party
from app.core.webauthn.results import Assertion, NewCredential
from app.settings import Settings
from app.storage.records import ChallengeRecord, PasskeyRecord, UserRecord
from tests.authenticator import Authenticator
from tests.people import ORIGIN

USER = UserRecord("cada", "ada", "USER", "{}", None, bytes(range(64)), 0, 0)
CHALLENGE = bytes(range(32))


def settings(**changes: Any) -> Settings:
    """Give the default settings with these changes."""
    return replace(Settings.from_environment(), **changes)


def challenge(ceremony: str, uv: str = "required") -> ChallengeRecord:
    """Give a challenge as the store gives it, whose options asked for this user verification."""
    return ChallengeRecord(ceremony, None, None, "localhost", uv, 0)


def envelope(**members: Any) -> dict[str, Any]:
    """Change members beside `response`; ... takes one away."""
    return {
        "response_json": lambda sent: {k: v for k, v in {**sent, **members}.items() if v is not ...}
    }


def response(**members: Any) -> dict[str, Any]:
    """Change members of `response`; ... takes one away."""
    return {
        "response_json": lambda sent: (
            sent
            | {
                "response": {
                    k: v for k, v in {**sent["response"], **members}.items() if v is not ...
                }
            }
        )
    }


def register(
    authenticator: Authenticator, *, uv: str = "required", origin: str = ORIGIN, **changes: Any
) -> Any:
    """Verify a registration; `changes` are the authenticator's, but for `rules`, which changes the settings."""
    rules = settings(**changes.pop("rules", {}))
    asked = options.creation_options(USER, CHALLENGE, [], settings=rules)
    response = relying_party.read_registration(
        authenticator.create(asked, origin=origin, **changes)
    )
    return relying_party.verify_registration(
        response, challenge("registration", uv), settings=rules
    )


def record(authenticator: Authenticator, verified: NewCredential | None = None) -> PasskeyRecord:
    """Register, unless that was done, and give the credential record."""
    new = verified or register(authenticator, uv="preferred")
    return PasskeyRecord(
        "cp", USER.id, "Laptop", new.credential_id, new.public_key, new.sign_count, "[]", new.aaguid,
        new.backup_eligible, new.backed_up, "localhost", "{}", 0, 0, 0,
    )  # fmt: skip


def sign_in(
    authenticator: Authenticator,
    passkey: PasskeyRecord | None = None,
    *,
    uv: str = "required",
    **changes: Any,
) -> Assertion:
    """Verify an assertion by the passkey, or by one that is registered first."""
    rules = settings(**changes.pop("rules", {}))
    passkey = passkey or record(authenticator)
    asked = options.request_options(CHALLENGE, settings=rules)
    response = relying_party.read_authentication(authenticator.get(asked, origin=ORIGIN, **changes))
    relying_party.credential_id(response)
    return relying_party.verify_authentication(
        response, challenge("authentication", uv), passkey, USER, settings=rules
    )
