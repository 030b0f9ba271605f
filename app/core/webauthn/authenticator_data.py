"""The parts of authenticator data (WebAuthn Level 3, 6.1) that we read ourselves."""

from typing import NamedTuple

import cbor2

from app.core.webauthn.encoding import cbor_map, refuse_tags

_USER_VERIFIED, _BACKUP_ELIGIBLE, _ATTESTED = 1 << 2, 1 << 3, 1 << 6
# How an Ed25519 key begins as Firefox 117 writes it, a map of three for four members
# with the names of type and curve, and as CTAP2 has it.
_FIREFOX_ED25519 = b"\xa3\x01\x63OKP\x03\x27\x20\x67Ed25519"
_CTAP2_ED25519 = b"\xa4\x01\x01\x03\x27\x20\x06"


class Flags(NamedTuple):
    """The flags that our own rules use."""

    user_verified: bool
    backup_eligible: bool


class AttestationObject(NamedTuple):
    """An attestation object (6.5.4), with a credential's key that can be read."""

    encoded: bytes
    fmt: str
    statement: dict[str, object]
    authenticator_data: bytes

    @property
    def aaguid(self) -> bytes:
        """The 16 bytes that identify the model, as the authenticator claims."""
        return self.authenticator_data[37:53]

    @property
    def unattested(self) -> bytes:
        """The attestation object without its statement, as "none" has it (8.7)."""
        return _encoded("none", {}, self.authenticator_data)

    def with_statement(self, statement: dict[str, object]) -> "AttestationObject":
        """Return it with another statement."""
        encoded = _encoded(self.fmt, statement, self.authenticator_data)
        return self._replace(encoded=encoded, statement=statement)

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
    repaired = _with_ctap2_key(authenticator_data)
    if repaired != authenticator_data:
        data = _encoded(fmt, statement, repaired)
    return AttestationObject(data, fmt, statement, repaired)


def _encoded(fmt: str, statement: dict[str, object], authenticator_data: bytes) -> bytes:
    members = {"fmt": fmt, "attStmt": statement, "authData": authenticator_data}
    return cbor2.dumps(members, canonical=True)


def _with_ctap2_key(authenticator_data: bytes) -> bytes:
    """Return authenticator data; a key that Firefox 117 wrote is as CTAP2 has it."""
    start = _end_of_credential_id(authenticator_data)
    key = authenticator_data[start:]
    if not key.startswith(_FIREFOX_ED25519):
        return authenticator_data
    rest = key.removeprefix(_FIREFOX_ED25519)
    return authenticator_data[:start] + _CTAP2_ED25519 + rest
