"""Attestation: none is asked for, but what is sent must be true.

None of it proves what an authenticator is.
"""

import re
from typing import Any

import cbor2
import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from app.core.webauthn.errors import RegistrationRefused
from tests.authenticator import EDDSA, ES256, RS256, Authenticator, forged, new_key, unb64
from tests.conftest import MakeApp
from tests.core import ceremonies
from tests.core.certificates import (
    AAGUID,
    aaguid_extension,
    attesting,
    certificate,
    der,
    of_first_version,
    of_second_version,
    spelled_out,
    tpm,
)
from tests.core.refusals import refused
from tests.people import ORIGIN, Person

SUBJECT = "CN=Key,OU=Authenticator Attestation,O=Passline,C=XX"
SOUND = [
    (algorithm, kind)
    for algorithm in (ES256, EDDSA, RS256)
    for kind in ("none", "packed-self", "packed-x5c")
]
SOUND.append((ES256, "fido-u2f"))
SIGNED = [pair for pair in SOUND if pair[1] != "none"]


@pytest.mark.parametrize(("algorithm", "kind"), SOUND)
def test_a_true_statement_is_taken_and_its_format_kept(algorithm: int, kind: str) -> None:
    verified = ceremonies.register(Authenticator(algorithm=algorithm, attestation=kind))
    assert verified.attestation_format == kind.removesuffix("-self").removesuffix("-x5c")


@pytest.mark.parametrize(("algorithm", "kind"), SIGNED)
def test_a_statement_whose_signature_is_broken_is_refused(algorithm: int, kind: str) -> None:
    with pytest.raises(RegistrationRefused, match="signature"):
        ceremonies.register(Authenticator(algorithm=algorithm, attestation=kind), signature=forged)


@pytest.mark.parametrize(("algorithm", "kind"), SIGNED)
def test_a_statement_signed_by_another_key_is_refused(algorithm: int, kind: str) -> None:
    key = new_key(algorithm if kind == "packed-self" else ES256)
    with pytest.raises(RegistrationRefused, match="signature"):
        ceremonies.register(Authenticator(algorithm=algorithm, attestation=kind), signing_key=key)


@pytest.mark.parametrize("kind", ["packed-self", "packed-x5c"])
def test_a_statement_about_other_data_is_refused(kind: str) -> None:
    def count_up(data: bytes) -> bytes:
        return data[:36] + b"\x09" + data[37:]

    with pytest.raises(RegistrationRefused, match="signature"):
        ceremonies.register(Authenticator(attestation=kind), auth_data_after=count_up)


STATEMENTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "none with a signature": (
        "none", {"att_stmt": lambda _: {"sig": b"x"}}, "none has a statement",
    ),
    "none with a member nobody knows": (
        "none", {"att_stmt": lambda _: {"x": 1}}, "none has a statement",
    ),
    "packed without alg": (
        "packed-self", {"att_stmt": lambda s: {"sig": s["sig"]}}, "missing algorithm",
    ),
    "packed without sig": (
        "packed-self", {"att_stmt": lambda s: {"alg": s["alg"]}}, "missing signature",
    ),
    "packed with another alg": ("packed-self", {"att_stmt": lambda s: s | {"alg": RS256}}, "alg"),
    "packed with an empty x5c": (
        "packed-self", {"att_stmt": lambda s: s | {"x5c": []}}, "list of certificates",
    ),
    "packed with an x5c of null": (
        "packed-self", {"att_stmt": lambda s: s | {"x5c": None}}, "list of certificates",
    ),
    "packed with x5c as bytes": (
        "packed-x5c", {"att_stmt": lambda s: s | {"x5c": s["x5c"][0]}}, "list of certificates",
    ),
    "packed with x5c of text": (
        "packed-x5c", {"att_stmt": lambda s: s | {"x5c": ["x"]}}, "list of certificates",
    ),
    "packed with half a certificate": (
        "packed-x5c", {"att_stmt": lambda s: s | {"x5c": [s["x5c"][0][:-9]]}}, "ASN.1|pars",
    ),
    "fido-u2f without x5c": (
        "fido-u2f", {"att_stmt": lambda s: {"sig": s["sig"]}}, "missing certificate",
    ),
    "fido-u2f with two": (
        "fido-u2f", {"att_stmt": lambda s: s | {"x5c": s["x5c"] * 2}}, "too many",
    ),
    "fido-u2f with an AAGUID": ("fido-u2f", {"aaguid": AAGUID}, "AAGUID"),
    "compound": ("none", {"fmt": "compound"}, "Unsupported attestation"),
    "a format nobody knows": ("none", {"fmt": "x"}, "Unsupported attestation"),
    "an empty format": ("none", {"fmt": ""}, "Unsupported attestation"),
}  # fmt: skip


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_faulty_statement_is_refused(name: str) -> None:
    kind, changes, reason = STATEMENTS[name]
    with pytest.raises(RegistrationRefused, match=reason):
        ceremonies.register(Authenticator(attestation=kind), **changes)


@pytest.mark.parametrize(
    "name", ["none with a signature", "packed with an empty x5c", "a format nobody knows"]
)
def test_nothing_is_stored_of_a_faulty_statement(ada: Person, name: str) -> None:
    kind, changes, _ = STATEMENTS[name]
    ada.authenticator = Authenticator(attestation=kind)
    refused(lambda: ada.add_passkey(**changes), RegistrationRefused)


FORMATS = ["packed", "tpm", "android-key", "android-safetynet", "fido-u2f", "apple"]
NONSENSE: dict[str, Any] = {
    "nothing": {},
    "numbers": dict.fromkeys(("sig", "x5c", "alg", "ver", "certInfo", "pubArea", "response"), 7),
    "empty": {
        "sig": b"", "x5c": [], "alg": -7, "ver": "2.0", "certInfo": b"", "pubArea": b"",
        "response": b"",
    },
    "noise": {
        "sig": b"x", "x5c": [b"x", b"y"], "alg": -7, "ver": "2.0", "certInfo": b"xx",
        "pubArea": b"xx", "response": b"e30.e30.x",
    },
    "lists": {
        name: [[[]]] for name in ("sig", "x5c", "alg", "ver", "certInfo", "pubArea", "response")
    },
}  # fmt: skip


@pytest.mark.parametrize("nonsense", NONSENSE)
@pytest.mark.parametrize("fmt", FORMATS)
def test_nonsense_in_any_format_is_refused_and_never_an_error(fmt: str, nonsense: str) -> None:
    with pytest.raises(RegistrationRefused):
        ceremonies.register(Authenticator(), fmt=fmt, att_stmt=lambda _: NONSENSE[nonsense])


@pytest.mark.parametrize(
    ("fmt", "reason"), [("apple", "chain"), ("android-key", "not a known root")]
)
def test_a_format_whose_makers_are_known_takes_no_other_makers_certificates(
    fmt: str, reason: str
) -> None:
    authenticator = Authenticator(attestation="packed-x5c")
    root = x509.load_pem_x509_certificate(authenticator.root_pem).public_bytes(Encoding.DER)

    def with_root(statement: dict[str, Any]) -> dict[str, Any]:
        return statement | {"x5c": [*statement["x5c"], root]}

    with pytest.raises(RegistrationRefused, match=reason):
        ceremonies.register(authenticator, fmt=fmt, att_stmt=with_root)


KEY = ec.generate_private_key(ec.SECP256R1())
CRITICAL = certificate(KEY, SUBJECT).add_extension(aaguid_extension(), critical=True)
FOREIGN = "not one for authenticators"
OTHER_AAGUID = "AAGUID is not the authenticator's"
NAMELESS = "does not name country, vendor and itself"
FORMS: dict[str, tuple[bytes, str]] = {
    "another unit": (der(certificate(KEY, SUBJECT.replace("Attestation", "X")), KEY), FOREIGN),
    "no unit": (der(certificate(KEY, "CN=Key,O=Passline,C=XX"), KEY), FOREIGN),
    "two units": (der(certificate(KEY, f"OU=X,{SUBJECT}"), KEY), FOREIGN),
    "no country": (
        der(certificate(KEY, "CN=Key,OU=Authenticator Attestation,O=Passline"), KEY), NAMELESS,
    ),
    "no vendor": (
        der(certificate(KEY, "CN=Key,OU=Authenticator Attestation,C=XX"), KEY), NAMELESS,
    ),
    "no name": (
        der(certificate(KEY, "OU=Authenticator Attestation,O=Passline,C=XX"), KEY), NAMELESS,
    ),
    "no subject": (der(certificate(KEY, ""), KEY), NAMELESS),
    "an authority's": (der(certificate(KEY, SUBJECT, ca=True), KEY), "one of an authority"),
    "no basic constraints": (
        der(certificate(KEY, SUBJECT, ca=None), KEY), "basicConstraints|BasicConstraints",
    ),
    "basic constraints spelled out": (
        der(certificate(KEY, SUBJECT, spelled_out(), ca=None), KEY), "ASN.1|pars",
    ),
    "the first version": (
        of_first_version(der(certificate(KEY, SUBJECT), KEY)), "not of version 3",
    ),
    "the second version": (of_second_version(der(certificate(KEY, SUBJECT), KEY)), "version"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_the_form_of_a_packed_certificate_is_noted_and_not_refused(name: str) -> None:
    leaf, oddity = FORMS[name]
    assert re.search(oddity, ceremonies.register(attesting(KEY, leaf)).oddity)


@pytest.mark.parametrize("name", FORMS)
def test_whatever_the_form_of_a_certificate_its_signature_is_verified(name: str) -> None:
    with pytest.raises(RegistrationRefused, match="signature"):
        ceremonies.register(attesting(KEY, FORMS[name][0]), signature=forged)
    with pytest.raises(RegistrationRefused, match="signature"):
        ceremonies.register(attesting(new_key(ES256), FORMS[name][0]))


def test_what_is_odd_about_a_certificate_is_in_the_log(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = Person(make_app(), "ada").set_up()
    ada.authenticator = attesting(KEY, FORMS["an authority's"][0])
    assert ada.add_passkey().status_code == 200
    [line] = [each for each in capsys.readouterr().err.splitlines() if "odd_certificate" in each]
    assert "WARNING account:passkey:odd_certificate" in line
    assert f"detail={ada.passkeys()[0]['id']}" in line and "one of an authority" in line


MISMATCHES = {
    "another AAGUID": certificate(KEY, SUBJECT, aaguid_extension(bytes(16))),
    "another AAGUID among odd extensions": certificate(
        KEY, SUBJECT, spelled_out(), aaguid_extension(bytes(16)), ca=None
    ),
}


@pytest.mark.parametrize("name", MISMATCHES)
def test_a_certificate_of_another_model_is_refused(name: str) -> None:
    with pytest.raises(RegistrationRefused, match=OTHER_AAGUID):
        ceremonies.register(attesting(KEY, der(MISMATCHES[name], KEY)))


@pytest.mark.parametrize(
    "leaf",
    [
        der(CRITICAL, KEY),
        of_second_version(der(certificate(KEY, SUBJECT, aaguid_extension()), KEY)),
    ],
    ids=["critical", "version 2"],
)
def test_a_certificate_of_its_model_is_taken_whatever_its_form(leaf: bytes) -> None:
    assert ceremonies.register(attesting(KEY, leaf))


def test_of_an_attestation_only_the_format_is_kept(ada: Person, rows: Any) -> None:
    ada.authenticator = Authenticator(attestation="packed-x5c", aaguid=AAGUID)
    options = ada.creation_options()
    sent = ada.authenticator.create(options, origin=ORIGIN)
    assert ada.finish_registration(sent).status_code == 200
    [(fmt, registration)] = rows("SELECT attestation_format, registration FROM passkeys")
    kept = cbor2.loads(unb64(orjson.loads(registration)["response"]["attestationObject"]))
    auth_data = cbor2.loads(unb64(sent["response"]["attestationObject"]))["authData"]
    assert (fmt, kept) == ("packed", {"fmt": "none", "attStmt": {}, "authData": auth_data})


@pytest.mark.parametrize("extensions", [(), (aaguid_extension(),)], ids=["no AAGUID", "its AAGUID"])
def test_a_packed_certificate_that_is_as_8_2_1_asks_is_taken(extensions: tuple[Any, ...]) -> None:
    assert ceremonies.register(attesting(KEY, der(certificate(KEY, SUBJECT, *extensions), KEY)))


def test_a_true_statement_of_a_tpm_is_taken() -> None:
    authenticator = Authenticator(aaguid=AAGUID)
    assert ceremonies.register(authenticator, **tpm(aaguid_extension())).attestation_format == "tpm"


TPM_FORMS: dict[str, tuple[dict[str, Any], str]] = {
    "a subject": ({"subject": SUBJECT}, "Subject .* was not empty"),
    "no names": ({"alike": ()}, "missing extension"),
    "an authority's": ({"ca": True}, "CA was not False"),
    "no basic constraints": ({"ca": None}, "missing extension"),
}


@pytest.mark.parametrize("name", TPM_FORMS)
def test_the_form_of_a_tpms_certificate_is_noted_and_not_refused(name: str) -> None:
    form, oddity = TPM_FORMS[name]
    assert re.search(oddity, ceremonies.register(Authenticator(), **tpm(**form)).oddity)
    with pytest.raises(RegistrationRefused, match="signature"):
        ceremonies.register(Authenticator(), **tpm(**form, sig=b"x" * 70))


def test_basic_constraints_of_a_tpm_may_be_spelled_out() -> None:
    assert ceremonies.register(Authenticator(), **tpm(spelled_out(), ca=None)).oddity


def test_the_certificate_of_an_old_security_key_may_be_of_any_form() -> None:
    authenticator = Authenticator(attestation="fido-u2f")
    authenticator._x5c = [of_second_version(authenticator._x5c[0])]
    assert ceremonies.register(authenticator).oddity


TPM_PARTS = {"magic": "magic", "extra": "extra data", "name": "attested name", "sig": "signature"}


@pytest.mark.parametrize("part", TPM_PARTS)
def test_a_false_statement_of_a_tpm_is_refused(part: str) -> None:
    with pytest.raises(RegistrationRefused, match=TPM_PARTS[part]):
        ceremonies.register(Authenticator(), **tpm(**{part: b"\0\x0bxx"}))


def test_a_tpms_certificate_with_another_aaguid_is_refused() -> None:
    with pytest.raises(RegistrationRefused, match=OTHER_AAGUID):
        ceremonies.register(Authenticator(aaguid=bytes(16)), **tpm(aaguid_extension()))


@pytest.mark.parametrize("tag", [0, 1, 2, 4, 5, 28, 30, 35, 36, 37, 258, 55799, 9999])
def test_a_tag_is_refused_before_anything_is_made_of_it(tag: int) -> None:
    tagged = b"\xd9" + tag.to_bytes(2, "big") + b"\x61x"

    def put_in(data: bytes) -> bytes:
        return data.replace(b"\xa0", b"\xa1\x01" + tagged, 1)

    with pytest.raises(RegistrationRefused, match=f"semantic tag {tag}|a tag"):
        ceremonies.register(Authenticator(), attestation_object=put_in)
