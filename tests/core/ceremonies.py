"""Ceremonies between relying party and authenticator, without browser or database."""

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
    """Return the default settings with these changes."""
    return replace(Settings.from_environment(), **changes)


def challenge(ceremony: str, uv: str = "required") -> ChallengeRecord:
    """Return a challenge, as stored, whose options asked for this user verification."""
    return ChallengeRecord(ceremony, None, None, "localhost", uv, 0)


def envelope(**members: Any) -> dict[str, Any]:
    """Return the change of members beside `response`; ... takes one away."""
    return {"response_json": lambda sent: changed(sent, members)}


def response(**members: Any) -> dict[str, Any]:
    """Return the change of members of `response`; ... takes one away."""
    return {"response_json": lambda sent: sent | {"response": changed(sent["response"], members)}}


def changed(before: dict[str, Any], members: dict[str, Any]) -> dict[str, Any]:
    """Return the object with these members; ... takes one away."""
    return {name: value for name, value in (before | members).items() if value is not ...}


def register(
    authenticator: Authenticator, *, uv: str = "required", origin: str = ORIGIN, **changes: Any
) -> Any:
    """Verify a registration and return the result.

    `changes` are the authenticator's, except that `rules` changes the settings.
    """
    rules = settings(**changes.pop("rules", {}))
    asked = options.creation_options(USER, CHALLENGE, [], settings=rules)
    created = authenticator.create(asked, origin=origin, **changes)
    response = relying_party.read_registration(created)
    issued = challenge("registration", uv)
    return relying_party.verify_registration(response, issued, settings=rules)


def record(authenticator: Authenticator, verified: NewCredential | None = None) -> PasskeyRecord:
    """Return the credential record; register first, unless that was done."""
    new = verified or register(authenticator, uv="preferred")
    return PasskeyRecord(
        "cp", USER.id, "Laptop", new.credential_id, new.public_key, new.sign_count, "[]",
        new.aaguid, new.backup_eligible, new.backed_up, "localhost", None, "{}", 0, 0, 0,
    )  # fmt: skip


def sign_in(
    authenticator: Authenticator,
    passkey: PasskeyRecord | None = None,
    *,
    uv: str = "required",
    named: str | None = None,
    **changes: Any,
) -> Assertion:
    """Verify an assertion by the passkey, or by one that is registered first.

    `named` is the username that was given before; `changes` are as for `register`.
    """
    rules = settings(**changes.pop("rules", {}))
    passkey = passkey or record(authenticator)
    asked = options.request_options(CHALLENGE, settings=rules)
    response = relying_party.read_authentication(authenticator.get(asked, origin=ORIGIN, **changes))
    relying_party.credential_id(response)
    return relying_party.verify_authentication(
        response, challenge("authentication", uv), passkey, USER, named=named, settings=rules
    )
