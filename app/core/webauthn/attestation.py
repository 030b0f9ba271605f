"""Checks of attestation statements that py_webauthn leaves out (WebAuthn Level 3, 8).

We ask for none. A statement that is sent anyway must be correct, but it proves nothing,
because no roots are configured.
"""

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from app.core.webauthn.authenticator_data import AttestationObject

_NAME = NameOID.COMMON_NAME
_AAGUID_EXTENSION = ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")  # id-fido-gen-ce-aaguid


def check(attestation: AttestationObject) -> None:
    """Check the statement by its format. Raises ValueError."""
    if attestation.fmt == "none" and attestation.statement:
        raise ValueError("an attestation of format none has a statement")  # 8.7
    if attestation.fmt in ("packed", "tpm") and "x5c" in attestation.statement:
        leaf = _leaf(attestation.statement["x5c"])
        if attestation.fmt == "packed":
            _check_packed_certificate(leaf)
        _check_aaguid(leaf, attestation.aaguid)


def _leaf(chain: object) -> x509.Certificate:
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], bytes):
        raise ValueError("x5c is not a list of certificates")
    return x509.load_der_x509_certificate(chain[0])


def _check_packed_certificate(leaf: x509.Certificate) -> None:
    """Check the leaf certificate (8.2.1)."""
    if leaf.version != x509.Version.v3:
        raise ValueError("the attestation certificate is not of version 3")
    country, vendor, unit, name = (
        [each.value for each in leaf.subject.get_attributes_for_oid(part)]
        for part in (
            NameOID.COUNTRY_NAME,
            NameOID.ORGANIZATION_NAME,
            NameOID.ORGANIZATIONAL_UNIT_NAME,
            _NAME,
        )
    )
    if not (len(country) == len(vendor) == len(name) == 1):
        raise ValueError("the attestation certificate does not name country, vendor and itself")
    if unit != ["Authenticator Attestation"]:
        raise ValueError("the attestation certificate is not one for authenticators")
    if leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        raise ValueError("the attestation certificate is one of an authority")


def _check_aaguid(leaf: x509.Certificate, aaguid: bytes) -> None:
    """Check the AAGUID, if the certificate names one (8.2 and 8.3)."""
    try:
        extension = leaf.extensions.get_extension_for_oid(_AAGUID_EXTENSION)
    except x509.ExtensionNotFound:
        return
    # The value is an OCTET STRING inside the extension's own: two bytes of header.
    if extension.critical or extension.value.public_bytes() != b"\x04\x10" + aaguid:
        raise ValueError("the certificate's AAGUID is not the authenticator's")
