"""The software authenticator: py_webauthn accepts what is sound.

Each change reaches its place.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import cbor2
import pytest
import webauthn
from cryptography import x509
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.exceptions import InvalidAuthenticationResponse, InvalidRegistrationResponse
from webauthn.helpers.structs import AttestationFormat, CredentialDeviceType
from webauthn.registration.verify_registration_response import VerifiedRegistration

from tests.authenticator import (
    AT,
    BE,
    BS,
    ED,
    EDDSA,
    ES256,
    RS256,
    UP,
    UV,
    Authenticator,
    b64,
    forged,
    new_key,
    unb64,
)

ORIGIN, RP_ID, CHALLENGE = "https://auth.example.com", "example.com", b"c" * 32
_creation = webauthn.generate_registration_options(
    rp_id=RP_ID, rp_name="Passline", user_name="ada", user_id=b"u" * 64, challenge=CHALLENGE
)
_request = webauthn.generate_authentication_options(rp_id=RP_ID, challenge=CHALLENGE)
CREATION = json.loads(webauthn.options_to_json(_creation))
REQUEST = json.loads(webauthn.options_to_json(_request))
EVERY = [(a, kind) for a in (ES256, EDDSA, RS256) for kind in ("none", "packed-self", "packed-x5c")]
EVERY += [(ES256, "fido-u2f")]
SIGNED = [pair for pair in EVERY if pair[1] != "none"]


def register(authenticator: Authenticator, **changes: Any) -> VerifiedRegistration:
    roots = [authenticator.root_pem] if authenticator.root_pem else []
    return webauthn.verify_registration_response(
        credential=authenticator.create(CREATION, origin=ORIGIN, **changes),
        expected_challenge=CHALLENGE,
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
        require_user_verification=True,
        pem_root_certs_bytes_by_fmt=dict.fromkeys(
            (AttestationFormat.PACKED, AttestationFormat.FIDO_U2F), roots
        ),
    )


def sign_in(authenticator: Authenticator, count: int = 0, **changes: Any) -> VerifiedAuthentication:
    return webauthn.verify_authentication_response(
        credential=authenticator.get(REQUEST, origin=ORIGIN, **changes),
        expected_challenge=CHALLENGE,
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
        require_user_verification=True,
        credential_public_key=authenticator.credentials[0].public_key,
        credential_current_sign_count=count,
    )


def attestation_object(response: dict[str, Any]) -> dict[str, Any]:
    return dict(cbor2.loads(unb64(response["response"]["attestationObject"])))


@pytest.mark.parametrize(("algorithm", "attestation"), EVERY)
def test_registration_and_sign_in_verify(algorithm: int, attestation: str) -> None:
    authenticator = Authenticator(algorithm=algorithm, attestation=attestation)
    verified = register(authenticator)
    (credential,) = authenticator.credentials
    assert verified.fmt == attestation.removesuffix("-self").removesuffix("-x5c")
    assert verified.credential_id == credential.id
    assert verified.credential_public_key == credential.public_key
    assert sign_in(authenticator).new_sign_count == 1


@pytest.mark.parametrize(("algorithm", "attestation"), SIGNED)
def test_a_changed_attestation_signature_is_refused(algorithm: int, attestation: str) -> None:
    authenticator = Authenticator(algorithm=algorithm, attestation=attestation)
    other_key = new_key(ES256 if authenticator.root_pem else algorithm)
    for change in ({"signature": forged}, {"signing_key": other_key}):
        with pytest.raises(InvalidRegistrationResponse, match="signature"):
            register(authenticator, **change)


@pytest.mark.parametrize("attestation", ["packed-self", "packed-x5c"])
def test_what_changes_after_signing_breaks_the_signature(attestation: str) -> None:
    def count_up(data: bytes) -> bytes:
        return data[:36] + b"\x09" + data[37:]

    assert register(Authenticator(attestation=attestation), auth_data=count_up).sign_count == 9
    with pytest.raises(InvalidRegistrationResponse, match="signature"):
        register(Authenticator(attestation=attestation), auth_data_after=count_up)


def test_another_root_does_not_vouch_for_the_certificate() -> None:
    authenticator = Authenticator(attestation="packed-x5c")
    authenticator.root_pem = Authenticator(attestation="packed-x5c").root_pem
    with pytest.raises(InvalidRegistrationResponse, match="chain"):
        register(authenticator)


def test_the_attestation_certificate_follows_webauthn_8_2_1() -> None:
    aaguid = bytes(range(16))
    authenticator = Authenticator(attestation="packed-x5c", aaguid=aaguid)
    response = authenticator.create(CREATION, origin=ORIGIN)
    certificate = x509.load_der_x509_certificate(attestation_object(response)["attStmt"]["x5c"][0])
    assert certificate.version is x509.Version.v3
    assert {part.rfc4514_attribute_name for part in certificate.subject} == {"C", "O", "OU", "CN"}
    assert "OU=Authenticator Attestation" in certificate.subject.rfc4514_string()
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
    extension = certificate.extensions.get_extension_for_oid(oid)
    assert (extension.critical, extension.value.public_bytes()) == (False, b"\x04\x10" + aaguid)


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
def test_a_changed_assertion_signature_is_refused(algorithm: int) -> None:
    authenticator = Authenticator(algorithm=algorithm)
    register(authenticator)
    for change in ({"signature": forged}, {"signing_key": new_key(algorithm)}):
        with pytest.raises(InvalidAuthenticationResponse, match="signature"):
            sign_in(authenticator, **change)


def test_each_assertion_counts_up_unless_told_not_to() -> None:
    authenticator = Authenticator(sign_count=7)
    assert register(authenticator).sign_count == 7
    assert [sign_in(authenticator).new_sign_count for _ in range(2)] == [8, 9]
    assert sign_in(authenticator, sign_count=3).new_sign_count == 3
    without = Authenticator(sign_count_enabled=False)
    assert (register(without).sign_count, sign_in(without).new_sign_count) == (0, 0)


def test_the_flags_say_what_the_authenticator_is() -> None:
    synced = Authenticator(backup_eligible=True, backed_up=True)
    verified = register(synced)
    assert verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    assert verified.credential_backed_up and verified.user_verified
    seen: list[int] = []

    def see(flags: int) -> int:
        seen.append(flags)
        return flags

    Authenticator(user_verified=False).create(CREATION, origin=ORIGIN, flags=see)
    synced.get(REQUEST, origin=ORIGIN, flags=see, extensions=b"\xa0")
    assert seen == [UP | AT, UP | UV | BE | BS | ED]


def test_a_response_has_the_form_browsers_give_it() -> None:
    authenticator = Authenticator(transports=["usb", "nfc"])
    created = authenticator.create(CREATION, origin=ORIGIN)
    (credential,) = authenticator.credentials
    assert created["id"] == created["rawId"] == b64(credential.id)
    assert (created["type"], created["authenticatorAttachment"]) == ("public-key", "platform")
    assert created["clientExtensionResults"] == {}
    inner = created["response"]
    assert unb64(inner["authenticatorData"]) == attestation_object(created)["authData"]
    assert (inner["transports"], inner["publicKeyAlgorithm"]) == (["usb", "nfc"], ES256)
    assert unb64(inner["publicKey"]) == credential.spki
    assert json.loads(unb64(inner["clientDataJSON"])) == {
        "type": "webauthn.create",
        "challenge": b64(CHALLENGE),
        "origin": ORIGIN,
        "crossOrigin": False,
    }
    got = authenticator.get(REQUEST, origin=ORIGIN)["response"]
    assert set(got) == {"clientDataJSON", "authenticatorData", "signature", "userHandle"}
    assert unb64(got["userHandle"]) == b"u" * 64


def test_each_change_of_a_registration_reaches_its_place() -> None:
    created = Authenticator(attestation="packed-self").create(
        CREATION,
        origin=ORIGIN,
        client_data={"crossOrigin": ..., "topOrigin": "https://x"},
        client_data_bytes=lambda data: data + b" ",
        rp_id="other",
        aaguid=b"a" * 16,
        credential_id=b"id",
        cose_key=b"\xa0",
        sign_count=5,
        extensions=b"\xa1\x61x\x01",
        fmt="odd",
        att_stmt=lambda stmt: stmt | {"alg": 1},
        attestation_object=lambda data: data,
        response_json=lambda json: json | {"type": "odd"},
    )
    client_data = unb64(created["response"]["clientDataJSON"])
    assert client_data.endswith(b" ") and "crossOrigin" not in json.loads(client_data)
    seen = attestation_object(created)
    assert (seen["fmt"], seen["attStmt"]["alg"]) == ("odd", 1)
    assert (created["type"], created["id"]) == ("odd", b64(b"id"))
    head = hashlib.sha256(b"other").digest() + bytes([UP | UV | AT | ED]) + bytes([0, 0, 0, 5])
    tail = b"a" * 16 + b"\0\2id" + b"\xa0" + b"\xa1\x61x\x01"
    assert seen["authData"] == head + tail


def test_a_cose_key_can_be_changed_by_member() -> None:
    authenticator = Authenticator()
    authenticator.create(CREATION, origin=ORIGIN)
    with pytest.raises(InvalidRegistrationResponse, match="alg"):
        register(authenticator, cose_key=lambda key: key | {3: -65535})


def test_an_assertion_stays_signed_over_its_changes() -> None:
    authenticator = Authenticator()
    register(authenticator)
    with pytest.raises(InvalidAuthenticationResponse, match="origin"):
        sign_in(authenticator, client_data={"origin": "https://evil.example"})
    spaced = {"client_data_bytes": lambda data: data + b" "}
    verified = sign_in(authenticator, **spaced, extensions=b"\xa0", user_handle=None)
    assert verified.new_sign_count == 2


def test_a_credential_is_chosen_by_rp_id_and_allow_list() -> None:
    authenticator = Authenticator()
    first, second = (authenticator.create(CREATION, origin=ORIGIN)["id"] for _ in range(2))
    assert authenticator.get(REQUEST, origin=ORIGIN)["id"] == second
    allowed = REQUEST | {"allowCredentials": [{"type": "public-key", "id": first}]}
    assert authenticator.get(allowed, origin=ORIGIN)["id"] == first
    with pytest.raises(LookupError):
        authenticator.get(REQUEST | {"rpId": "other.example"}, origin=ORIGIN)


def test_a_misspelt_change_is_refused() -> None:
    with pytest.raises(TypeError, match="orgin"):
        Authenticator().create(CREATION, origin=ORIGIN, orgin="x")
    with pytest.raises(TypeError, match="att_stmt"):
        Authenticator().get(REQUEST, origin=ORIGIN, att_stmt=dict)
