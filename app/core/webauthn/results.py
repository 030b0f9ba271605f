"""The results of verified ceremonies."""

from typing import NamedTuple


class NewCredential(NamedTuple):
    """The result of a verified registration."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    backup_eligible: bool
    backed_up: bool
    user_verified: bool
    attestation_format: str


class Assertion(NamedTuple):
    """The result of a verified authentication."""

    sign_count: int
    backed_up: bool
    user_verified: bool
