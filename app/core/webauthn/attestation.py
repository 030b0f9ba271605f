"""Checks of attestation statements that py_webauthn leaves out (WebAuthn Level 3, 8).

We ask for none. A statement that is sent anyway must be true, but it proves nothing,
because no roots are configured; so the form of its certificate matters to nobody.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from cryptography import x509
from cryptography.x509.oid import NameOID

from app.core.webauthn import certificates
from app.core.webauthn.authenticator_data import AttestationObject

Verified = TypeVar("Verified")

_NAMES = (
    NameOID.COUNTRY_NAME,
    NameOID.ORGANIZATION_NAME,
    NameOID.ORGANIZATIONAL_UNIT_NAME,
    NameOID.COMMON_NAME,
)


def check(attestation: AttestationObject) -> None:
    """Check that the statement does not contradict itself. Raises ValueError."""
    if attestation.fmt == "none" and attestation.statement:
        raise ValueError("an attestation of format none has a statement")  # 8.7
    if attestation.fmt in ("packed", "tpm") and "x5c" in attestation.statement:
        # The value is an OCTET STRING inside the extension's own: two bytes of header.
        for value in certificates.read(_leaf(attestation)).aaguids:  # 8.2 and 8.3
            if value != b"\x04\x10" + attestation.aaguid:
                raise ValueError("the certificate's AAGUID is not the authenticator's")


def _leaf(attestation: AttestationObject) -> bytes:
    chain = attestation.statement["x5c"]
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], bytes):
        raise ValueError("x5c is not a list of certificates")
    return chain[0]


def verified(
    attestation: AttestationObject, verify: Callable[[AttestationObject], Verified]
) -> tuple[Verified, str]:
    """Return what `verify` returns, and what is odd in the form of the certificate.

    If anything is refused, `verify` judges again, by a certificate of sound form for
    the same key: what it refuses then was not the form. Raises any exception.
    """
    try:
        _check_form(attestation)
        return verify(attestation), ""
    except Exception as error:
        sound = _of_sound_form(attestation)
        if sound is None:
            raise
        return verify(sound), str(error)[:500]


def _check_form(attestation: AttestationObject) -> None:
    """Check the form of a packed statement's certificate (8.2.1).

    Raises ValueError, or an exception of `cryptography`.
    """
    if attestation.fmt != "packed" or "x5c" not in attestation.statement:
        return
    leaf = x509.load_der_x509_certificate(_leaf(attestation))
    if leaf.version != x509.Version.v3:
        raise ValueError("the attestation certificate is not of version 3")
    country, vendor, unit, name = (
        [each.value for each in leaf.subject.get_attributes_for_oid(part)] for part in _NAMES
    )
    if not (len(country) == len(vendor) == len(name) == 1):
        raise ValueError("the attestation certificate does not name country, vendor and itself")
    if unit != ["Authenticator Attestation"]:
        raise ValueError("the attestation certificate is not one for authenticators")
    if leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        raise ValueError("the attestation certificate is one of an authority")


def _of_sound_form(attestation: AttestationObject) -> AttestationObject | None:
    """Return the attestation with a certificate of sound form for the same key.

    None if it has no certificate, or one whose makers are known: there the certificate
    itself is what is proved. Raises ValueError or IndexError.
    """
    if attestation.fmt not in ("packed", "tpm", "fido-u2f") or "x5c" not in attestation.statement:
        return None
    public_key = certificates.read(_leaf(attestation)).public_key
    statement: dict[str, Any] = attestation.statement
    chain = [certificates.sound(public_key), *statement["x5c"][1:]]
    return attestation.with_statement(statement | {"x5c": chain})
