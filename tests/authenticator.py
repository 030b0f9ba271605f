"""A software WebAuthn authenticator: real signatures, and any field can be changed."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

ES256, EDDSA, RS256 = -7, -8, -257
UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
JSON = dict[str, Any]

BOTH = {
    *("client_data", "client_data_bytes", "rp_id", "flags", "sign_count", "credential_id"),
    *("auth_data", "auth_data_after", "extensions", "signature", "signing_key", "response_json"),
}
CREATE = BOTH | {"aaguid", "cose_key", "att_stmt", "fmt", "attestation_object"}
GET = BOTH | {"user_handle"}


def b64(data: bytes) -> str:
    """Return the data in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def new_key(algorithm: int) -> PrivateKey:
    """Return a new private key for ES256, EdDSA (Ed25519) or RS256 (2048 bits)."""
    if algorithm == ES256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == EDDSA:
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm == RS256:
        return rsa.generate_private_key(65537, 2048)
    raise ValueError(f"no key for algorithm {algorithm}")


def cose_key(key: PrivateKey) -> dict[int, Any]:
    """Return the public half as a COSE key."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        point = key.public_key().public_numbers()
        x, y = (each.to_bytes(32, "big") for each in (point.x, point.y))
        return {1: 2, 3: ES256, -1: 1, -2: x, -3: y}
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {1: 1, 3: EDDSA, -1: 6, -2: key.public_key().public_bytes_raw()}
    modulus = key.public_key().public_numbers().n
    n = modulus.to_bytes(modulus.bit_length() + 7 >> 3, "big")
    return {1: 3, 3: RS256, -1: n, -2: b"\1\0\1"}


def sign(key: PrivateKey, data: bytes) -> bytes:
    """Return a signature over the data in WebAuthn's form for this kind of key."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashes.SHA256()))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def forged(signature: bytes) -> bytes:
    """Return the signature with another last bit."""
    return signature[:-1] + bytes([signature[-1] ^ 1])


@dataclass
class Credential:
    """A passkey as the authenticator holds it; `sign_count` is the last one sent."""

    id: bytes
    private_key: PrivateKey
    rp_id: str
    user_handle: bytes
    sign_count: int

    @property
    def public_key(self) -> bytes:
        """Return the COSE key in CBOR, as a relying party stores it."""
        return cbor2.dumps(cose_key(self.private_key), canonical=True)

    @property
    def spki(self) -> bytes:
        """Return the public key as DER SubjectPublicKeyInfo, as browsers do."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private_key.public_key().public_bytes(serialization.Encoding.DER, form)


@dataclass(kw_only=True)
class Authenticator:
    """An authenticator that answers creation and request options.

    Options and answers are in the JSON forms of WebAuthn Level 3; `credentials` are the
    passkeys that it holds. `attestation` is "none", "packed-self", "packed-x5c" or
    "fido-u2f"; `root_pem` vouches for the last two. create() and get() take changes by
    keyword (CREATE, GET). A change is made before what covers it is signed, except
    `signature`, `auth_data_after`, `attestation_object` and `response_json`.
    """

    algorithm: int = ES256
    attestation: str = "none"
    aaguid: bytes = bytes(16)
    backup_eligible: bool = False
    backed_up: bool = False
    user_verified: bool = True
    sign_count: int = 0
    sign_count_enabled: bool = True
    transports: Sequence[str] = ("internal",)

    def __post_init__(self) -> None:
        if self.attestation not in ("none", "packed-self", "packed-x5c", "fido-u2f"):
            raise ValueError(f"unknown attestation {self.attestation}")
        self.credentials: list[Credential] = []
        self.root_pem = b""
        if self.attestation in ("packed-x5c", "fido-u2f"):
            self._attestation_key, self._x5c, self.root_pem = _certificates(self.aaguid)

    def create(self, options: JSON, *, origin: str, **changes: Any) -> JSON:
        """Return a RegistrationResponseJSON.

        Raises `TypeError` for a change that create() does not know.
        """
        _refuse_unknown(changes, CREATE)
        rp_id = str(options["rp"].get("id") or urlsplit(origin).hostname)
        credential = Credential(
            id=changes.get("credential_id", os.urandom(32)),
            private_key=new_key(self.algorithm),
            rp_id=rp_id,
            user_handle=unb64(options["user"]["id"]),
            sign_count=self.sign_count,
        )
        self.credentials.append(credential)
        client_data = _client_data("webauthn.create", options, origin, changes)
        signed = self._auth_data(credential, self._attested(credential, changes), changes)
        fmt, statement = self._attest(credential, signed, client_data, changes)
        auth_data = _changed(changes, "auth_data_after", signed)
        members = {"fmt": changes.get("fmt", fmt), "attStmt": statement, "authData": auth_data}
        encoded = cbor2.dumps(members, canonical=True)
        response = {
            "clientDataJSON": b64(client_data),
            "attestationObject": b64(_changed(changes, "attestation_object", encoded)),
            "transports": list(self.transports),
            "authenticatorData": b64(auth_data),
            "publicKey": b64(credential.spki),
            "publicKeyAlgorithm": self.algorithm,
        }
        return _envelope(credential, response, changes)

    def get(
        self, options: JSON, *, origin: str, credential: Credential | None = None, **changes: Any
    ) -> JSON:
        """Return an AuthenticationResponseJSON by the given or newest fitting passkey.

        Raises `LookupError` when none fits, and `TypeError` for a change that get()
        does not know.
        """
        _refuse_unknown(changes, GET)
        credential = credential or self._choose(options, origin)
        credential.sign_count += self.sign_count_enabled
        client_data = _client_data("webauthn.get", options, origin, changes)
        signed = self._auth_data(credential, b"", changes)
        key = changes.get("signing_key", credential.private_key)
        signature = sign(key, signed + hashlib.sha256(client_data).digest())
        response = {
            "clientDataJSON": b64(client_data),
            "authenticatorData": b64(_changed(changes, "auth_data_after", signed)),
            "signature": b64(_changed(changes, "signature", signature)),
        }
        user_handle = changes.get("user_handle", credential.user_handle)
        if user_handle is not None:
            response["userHandle"] = b64(user_handle)
        return _envelope(credential, response, changes)

    def _choose(self, options: JSON, origin: str) -> Credential:
        rp_id = options.get("rpId") or urlsplit(origin).hostname
        allowed = [unb64(entry["id"]) for entry in options.get("allowCredentials") or []]
        for credential in reversed(self.credentials):
            if credential.rp_id == rp_id and (not allowed or credential.id in allowed):
                return credential
        raise LookupError(f"no credential for {rp_id}")

    def _attested(self, credential: Credential, changes: JSON) -> bytes:
        key = changes.get("cose_key", dict)
        if not isinstance(key, bytes):
            key = cbor2.dumps(key(cose_key(credential.private_key)), canonical=True)
        own = bytes(16) if self.attestation == "fido-u2f" else self.aaguid
        aaguid: bytes = changes.get("aaguid", own)
        return aaguid + len(credential.id).to_bytes(2, "big") + credential.id + bytes(key)

    def _auth_data(self, credential: Credential, attested: bytes, changes: JSON) -> bytes:
        extensions = changes.get("extensions", b"")
        flags = UP | UV * self.user_verified | BE * self.backup_eligible | BS * self.backed_up
        flags = _changed(changes, "flags", flags | AT * bool(attested) | ED * bool(extensions))
        rp_id_hash = hashlib.sha256(changes.get("rp_id", credential.rp_id).encode()).digest()
        count = changes.get("sign_count", credential.sign_count).to_bytes(4, "big")
        data = rp_id_hash + bytes([flags]) + count + attested + extensions
        return bytes(_changed(changes, "auth_data", data))

    def _attest(
        self, held: Credential, auth_data: bytes, client_data: bytes, changes: JSON
    ) -> tuple[str, JSON]:
        digest, x5c = hashlib.sha256(client_data).digest(), self.root_pem != b""
        fmt, signed, statement = self.attestation.split("-")[0], auth_data + digest, JSON()
        if self.attestation == "fido-u2f":
            key = cose_key(held.private_key)
            fmt, point = "fido-u2f", b"\4" + key[-2] + key[-3]
            signed = b"\0" + auth_data[:32] + digest + held.id + point
        if fmt != "none":
            key = changes.get("signing_key", self._attestation_key if x5c else held.private_key)
            statement = {"sig": _changed(changes, "signature", sign(key, signed))}
            statement |= {"alg": ES256 if x5c else self.algorithm} if fmt == "packed" else {}
            statement |= {"x5c": self._x5c} if x5c else {}
        return fmt, _changed(changes, "att_stmt", statement)


def _refuse_unknown(changes: JSON, known: set[str]) -> None:
    # A misspelt change would leave the response sound, and the test without meaning.
    if changes.keys() - known:
        raise TypeError(f"unknown changes: {sorted(changes.keys() - known)}")


def _changed(changes: JSON, name: str, value: Any) -> Any:
    return changes[name](value) if name in changes else value


def _client_data(ceremony: str, options: JSON, origin: str, changes: JSON) -> bytes:
    members = {
        "type": ceremony,
        "challenge": options["challenge"],
        "origin": origin,
        "crossOrigin": False,
    }
    members |= changes.get("client_data", {})
    kept = {name: value for name, value in members.items() if value is not ...}
    text = json.dumps(kept, separators=(",", ":"), ensure_ascii=False)
    return bytes(_changed(changes, "client_data_bytes", text.encode()))


def _envelope(credential: Credential, response: JSON, changes: JSON) -> JSON:
    identifier = b64(changes.get("credential_id", credential.id))
    envelope = {
        "id": identifier,
        "rawId": identifier,
        "type": "public-key",
        "response": response,
        "clientExtensionResults": {},
        "authenticatorAttachment": "platform",
    }
    return dict(_changed(changes, "response_json", envelope))


def _builder(subject: str, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> x509.CertificateBuilder:
    def name(common_name: str) -> x509.Name:
        text = f"CN={common_name},OU=Authenticator Attestation,O=Passline,C=XX"
        return x509.Name.from_rfc4514_string(text)

    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(name("Test root"), name(subject), key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )


def _certificates(aaguid: bytes) -> tuple[ec.EllipticCurvePrivateKey, list[bytes], bytes]:
    """Return an attestation key, its x5c (WebAuthn 8.2.1) and its root's PEM."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _builder("Test root", root_key, ca=True).sign(root_key, hashes.SHA256())
    # id-fido-gen-ce-aaguid holds the AAGUID wrapped in an OCTET STRING of its own.
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
    extension = x509.UnrecognizedExtension(oid, b"\x04\x10" + aaguid)
    leaf = _builder("Test authenticator", key, ca=False).add_extension(extension, critical=False)
    x5c = [leaf.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)]
    return key, x5c, root.public_bytes(serialization.Encoding.PEM)
