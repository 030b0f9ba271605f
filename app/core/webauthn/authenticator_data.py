"""The parts of authenticator data (WebAuthn Level 3, 6.1) that we read ourselves."""

from typing import NamedTuple

from app.core.webauthn.encoding import cbor_map, refuse_tags

_USER_VERIFIED, _BACKUP_ELIGIBLE, _ATTESTED = 1 << 2, 1 << 3, 1 << 6


class Flags(NamedTuple):
    """The flags that our own rules use."""

    user_verified: bool
    backup_eligible: bool


class AttestationObject(NamedTuple):
    """An attestation object (6.5.4), with the AAGUID of its authenticator data."""

    encoded: bytes
    fmt: str
    statement: dict[str, object]
    authenticator_data: bytes

    @property
    def aaguid(self) -> bytes:
        """The 16 bytes that identify the model, as the authenticator claims."""
        return self.authenticator_data[37:53]

    def embedded_key(self, length: int) -> bytes:
        """Return the key of `length` bytes, as the authenticator encoded it."""
        start = _end_of_credential_id(self.authenticator_data)
        return self.authenticator_data[start : start + length]


def flags(authenticator_data: bytes) -> Flags:
    """Return the flags.

    Raises ValueError if the data is too short, or its CBOR unsafe for py_webauthn.
    """
    if len(authenticator_data) < 37:
        raise ValueError("authenticator data is shorter than 37 bytes")
    bits = authenticator_data[32]
    refuse_tags(
        authenticator_data[_end_of_credential_id(authenticator_data) if bits & _ATTESTED else 37 :]
    )
    return Flags(bool(bits & _USER_VERIFIED), bool(bits & _BACKUP_ELIGIBLE))


def _end_of_credential_id(authenticator_data: bytes) -> int:
    return 55 + int.from_bytes(authenticator_data[53:55], "big")


def attestation_object(data: bytes) -> AttestationObject:
    """Decode an attestation object.

    Raises ValueError unless it has exactly the three members, with their types.
    """
    value = cbor_map(data)
    if set(value) != {"fmt", "attStmt", "authData"}:
        raise ValueError("the attestation object has not the members fmt, attStmt and authData")
    fmt, statement, authenticator_data = value["fmt"], value["attStmt"], value["authData"]
    if not (
        isinstance(fmt, str)
        and isinstance(statement, dict)
        and isinstance(authenticator_data, bytes)
    ):
        raise ValueError("a member of the attestation object has the wrong type")
    return AttestationObject(data, fmt, statement, authenticator_data)
