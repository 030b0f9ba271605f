"""Attestation statements by certificates without a root: packed ones and a TPM's."""

import hashlib
from datetime import datetime
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ObjectIdentifier

from tests.authenticator import ES256, Authenticator, b64, sign, unb64

AAGUID = bytes(range(16))
INTEL = {"2.23.133.2.1": "id:494E5443", "2.23.133.2.2": "model", "2.23.133.2.3": "id:0001"}


def certificate(
    key: ec.EllipticCurvePrivateKey,
    subject: str,
    *extensions: x509.ExtensionType,
    ca: bool | None = False,
) -> x509.CertificateBuilder:
    """Return an unsigned certificate; ca=None leaves the basic constraints out."""
    builder = (
        x509.CertificateBuilder(
            x509.Name.from_rfc4514_string("CN=Nobody"), x509.Name.from_rfc4514_string(subject)
        )
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1))
        .not_valid_after(datetime(2099, 1, 1))
    )
    if ca is not None:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=ca, path_length=None), critical=True
        )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder


def aaguid_extension(aaguid: bytes = AAGUID) -> x509.UnrecognizedExtension:
    """Return the extension id-fido-gen-ce-aaguid."""
    return x509.UnrecognizedExtension(
        ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4"), b"\x04\x10" + aaguid
    )


def der(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the signed certificate."""
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def of_first_version(leaf: bytes) -> bytes:
    """Return the certificate without its version, which makes it one of version 1.

    It must have more than 255 bytes.
    """

    def shorter(length: bytes) -> bytes:
        return (int.from_bytes(length, "big") - 5).to_bytes(2, "big")

    assert leaf[8:13] == b"\xa0\x03\x02\x01\x02"
    return leaf[:2] + shorter(leaf[2:4]) + leaf[4:6] + shorter(leaf[6:8]) + leaf[13:]


def of_second_version(leaf: bytes) -> bytes:
    """Return the certificate as one of version 2, which `cryptography` cannot load."""
    assert leaf[8:13] == b"\xa0\x03\x02\x01\x02"
    return leaf[:12] + b"\x01" + leaf[13:]


def spelled_out() -> x509.UnrecognizedExtension:
    """Return basic constraints that spell out their default, which DER does not do."""
    return x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.19"), b"\x30\x03\x01\x01\x00")


def attesting(key: ec.EllipticCurvePrivateKey, leaf: bytes) -> Authenticator:
    """Return an authenticator whose packed attestation carries this certificate."""
    authenticator = Authenticator(attestation="packed-x5c", aaguid=AAGUID)
    authenticator._attestation_key, authenticator._x5c = key, [leaf]
    return authenticator


def tpm(*extensions: x509.ExtensionType, **flaws: Any) -> dict[str, Any]:
    """Return the change that makes a registration one by a TPM (8.3).

    `flaws` replace parts of the statement: magic, extra, name, sig; or they change the
    certificate: subject, ca, alike (the extensions that name the TPM and its use).
    """
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.NameAttribute(ObjectIdentifier(oid), text) for oid, text in INTEL.items()]
    alternative = x509.SubjectAlternativeName([x509.DirectoryName(x509.Name(names))])
    usage = x509.ExtendedKeyUsage([ObjectIdentifier("2.23.133.8.3")])
    named = flaws.get("alike", (alternative, usage))
    form: dict[str, Any] = {"ca": flaws.get("ca", False)}
    leaf = der(certificate(key, flaws.get("subject", ""), *named, *extensions, **form), key)

    def change(sent: dict[str, Any]) -> dict[str, Any]:
        response = sent["response"]
        auth_data = cbor2.loads(unb64(response["attestationObject"]))["authData"]
        area = _public_area(auth_data)
        to_sign = auth_data + hashlib.sha256(unb64(response["clientDataJSON"])).digest()
        extra = flaws.get("extra", hashlib.sha256(to_sign).digest())
        name = flaws.get("name", b"\0\x0b" + hashlib.sha256(area).digest())
        info = flaws.get("magic", b"\xffTCG") + b"\x80\x17" + bytes(2) + _sized(extra)
        info += bytes(25) + _sized(name) + bytes(2)
        statement = {
            "ver": "2.0", "alg": ES256, "x5c": [leaf], "sig": flaws.get("sig", sign(key, info)),
            "certInfo": info, "pubArea": area,
        }  # fmt: skip
        whole = {"fmt": "tpm", "attStmt": statement, "authData": auth_data}
        attested = b64(cbor2.dumps(whole, canonical=True))
        return sent | {"response": response | {"attestationObject": attested}}

    return {"response_json": change}


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _public_area(auth_data: bytes) -> bytes:
    """Return the TPMT_PUBLIC of the credential's P-256 key."""
    key = cbor2.loads(auth_data[55 + int.from_bytes(auth_data[53:55], "big") :])
    parameters = b"\0\x10\0\x10\0\x03\0\x10"
    return b"\0\x23\0\x0b" + bytes(4) + bytes(2) + parameters + _sized(key[-2]) + _sized(key[-3])
