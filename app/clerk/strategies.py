"""Clerk's strategies: what a person can show, as its clients name it."""

import re
from typing import Any

from flask import request

from app.clerk.credentials import parsed
from app.core.mfa.answers import Answer
from app.core.mfa.errors import ProofNotTaken
from app.core.webauthn.errors import CredentialMissing
from app.errors import InvalidInput
from app.web.bodies import MISSING

Json = dict[str, Any]

# The first version of Clerk's API that has passkeys as second factors.
_PASSKEYS_SINCE = "2026-08-20"
_VERSION = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
# In the order in which clients offer them.
_SECOND = {"totp": "totp", "recovery": "backup_code", "passkey": "passkey"}


def second(ways: tuple[str, ...]) -> list[Json]:
    """Return the second factors among the ways that this client knows."""
    known = [way for way in _SECOND if way != "passkey" or knows_second_passkeys()]
    return factors(*(_SECOND[way] for way in known if way in ways))


def factors(*strategies: str) -> list[Json]:
    """Return the list of factors of these strategies."""
    return [{"strategy": each} for each in strategies]


def knows_second_passkeys() -> bool:
    """Return whether the client's API version has passkeys as second factors."""
    version = request.args.get("__clerk_api_version", "")
    return _VERSION.fullmatch(version) is not None and version >= _PASSKEYS_SINCE


def require_second_passkeys(ways: tuple[str, ...]) -> None:
    """Raise `ProofNotTaken` unless a passkey is among the ways, and the client's."""
    if "passkey" not in ways or not knows_second_passkeys():
        raise ProofNotTaken


def answer(body: Json) -> Answer:
    """Return what a person shows, by its strategy.

    Raises `InvalidInput`, `CredentialMissing`.
    """
    strategy = body["strategy"]
    if strategy == "passkey":
        if not body["public_key_credential"]:
            raise CredentialMissing
        return Answer(response=parsed(body["public_key_credential"]))
    if strategy == "password":
        return Answer(password=_given(body, "password"))
    code = _given(body, "code")
    return Answer(code=code) if strategy == "totp" else Answer(recovery_code=code)


def _given(body: Json, name: str) -> str:
    if not body[name]:
        raise InvalidInput(**{name: MISSING})
    return str(body[name])
