"""Attestation certificates: what we need of one, however odd its form is.

`cryptography` does not read some certificates of real authenticators, such as those
that spell out a default of BasicConstraints. So their DER is walked here.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import ObjectIdentifier

_VERSION, _EXTENSIONS = 0xA0, 0xA3  # context-specific tags of TBSCertificate
_AAGUID = bytes.fromhex("2b0601040182e51c010104")  # 1.3.6.1.4.1.45724.1.1.4, in DER
# What py_webauthn wants of the TPM: a maker that it knows, any model and any version.
_TPM = {"2.23.133.2.1": "id:494E5443", "2.23.133.2.2": "any", "2.23.133.2.3": "id:0"}
_TPM_USAGE = ObjectIdentifier("2.23.133.8.3")  # tcg-kp-AIKCertificate


class Certificate(NamedTuple):
    """A certificate's SubjectPublicKeyInfo, and the values of its AAGUID extensions."""

    public_key: bytes
    aaguids: list[bytes]


class _Element(NamedTuple):
    tag: int
    content: bytes
    encoded: bytes


def read(encoded: bytes) -> Certificate:
    """Read a certificate (RFC 5280, 4.1). Raises ValueError or IndexError."""
    [whole] = _elements(encoded)
    parts = _elements(_elements(whole.content)[0].content)
    if parts[0].tag == _VERSION:
        parts = parts[1:]
    # serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo
    return Certificate(parts[5].encoded, _aaguids(parts[6:]))


def _elements(data: bytes) -> list[_Element]:
    """Return the elements of ASN.1 that stand one after another."""
    found = []
    while data:
        start, length = 2, int.from_bytes(data[1:2], "big")
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[2:start], "big")
        end = start + length
        if end > len(data):
            raise ValueError("the certificate's ASN.1 ends early")
        found.append(_Element(data[0], data[start:end], data[:end]))
        data = data[end:]
    return found


def _aaguids(optional_parts: list[_Element]) -> list[bytes]:
    """Return the values of all extensions id-fido-gen-ce-aaguid."""
    values = []
    for part in optional_parts:
        if part.tag == _EXTENSIONS:
            for extension in _elements(_elements(part.content)[0].content):
                oid, *_, value = _elements(extension.content)
                if oid.content == _AAGUID:
                    values.append(value.content)
    return values


def sound(public_key: bytes) -> bytes:
    """Return a certificate of sound form for this key, from an issuer who is nobody.

    It serves to have a signature by the key verified, and vouches for nothing.
    """
    key: Any = load_der_public_key(public_key)
    nobody = x509.Name([])
    model = x509.Name([x509.NameAttribute(ObjectIdentifier(oid), _TPM[oid]) for oid in _TPM])
    builder = (
        x509.CertificateBuilder(nobody, nobody, key)
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([_TPM_USAGE]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DirectoryName(model)]), critical=True)
    )
    return builder.sign(Ed25519PrivateKey.generate(), None).public_bytes(Encoding.DER)
