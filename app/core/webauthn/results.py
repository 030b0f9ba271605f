"""The results of verified ceremonies."""

from typing import NamedTuple


class NewCredential(NamedTuple):
    """The result of a verified registration.

    `attestation_object` has no statement any more; `oddity` is what is wrong with the
    form of the statement's certificate, or "".
    """

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    backup_eligible: bool
    backed_up: bool
    user_verified: bool
    attestation_format: str
    attestation_object: bytes
    oddity: str


class Assertion(NamedTuple):
    """The result of a verified authentication."""

    sign_count: int
    backed_up: bool
    user_verified: bool
