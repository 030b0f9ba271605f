"""Registration: every step of WebAuthn Level 3, 7.1.

Each is shown by a response in which that step alone fails.
"""

from typing import Any

import cbor2
import pytest

from app.core.passkeys import PasskeysDisabled, TooManyPasskeys
from app.core.webauthn.errors import (
    CredentialTaken,
    RegistrationRefused,
    UserNotVerifiedAtRegistration,
)
from app.errors import AppError
from tests.authenticator import AT, BS, UP, Authenticator, b64
from tests.conftest import MakeApp
from tests.core import ceremonies
from tests.core.ceremonies import changed, envelope, response
from tests.core.refusals import is_refusal, pending, refused, stored
from tests.people import ORIGIN, PASSKEYS, Person

PORTAL = "https://portal.example.org"


def attested(**members: Any) -> dict[str, Any]:
    """Return the change of members of the attestation object; ... takes one away."""

    def change(data: bytes) -> bytes:
        return cbor2.dumps(changed(cbor2.loads(data), members), canonical=True)

    return {"attestation_object": change}


def after(data: bytes) -> dict[str, Any]:
    return {"attestation_object": lambda sent: sent + data}


def non_canonical(sent: dict[str, Any]) -> dict[str, Any]:
    # 32 bytes leave four bits in the last character, which have to be zero.
    identifier = sent["id"][:-1] + chr(ord(sent["id"][-1]) + 1)
    return sent | {"id": identifier, "rawId": identifier}


OTHER = b64(bytes(32))
FLAWS: dict[str, tuple[dict[str, Any], str]] = {
    "another type of credential": (envelope(type="password"), "type is not public-key"),
    "no type": (envelope(type=...), "type is not public-key"),
    "no id": (envelope(id=...), "not text"),
    "an id that is a number": (envelope(id=7, rawId=7), "not text"),
    "a rawId that is another": (envelope(rawId=OTHER), "rawId is not id"),
    "no rawId": (envelope(rawId=...), "not text"),
    "an id of another credential": (
        envelope(id=OTHER, rawId=OTHER), "not the one in the authenticator data",
    ),
    "an id with padding too long": (envelope(id="QQ===", rawId="QQ==="), "not base64url"),
    "an id with padding too short": (envelope(id="QQ=", rawId="QQ="), "not base64url"),
    "an id with padding inside": (envelope(id="QQ==QQ==", rawId="QQ==QQ=="), "not base64url"),
    "an id with padding that it needs not": (envelope(id="QUJD=", rawId="QUJD="), "not base64url"),
    "an id of padding alone": (envelope(id="====", rawId="===="), "not base64url"),
    "an id with bits left over": (
        {"credential_id": bytes(32), "response_json": non_canonical}, "not base64url",
    ),
    "a short id with bits left over": (envelope(id="QR", rawId="QR"), "not base64url"),
    "an id of one character too many": (envelope(id="QUJDA", rawId="QUJDA"), "not base64url"),
    "an id in both alphabets": (envelope(id="a-+b", rawId="a-+b"), "not base64url"),
    "a padded id with bits left over": (envelope(id="QR==", rawId="QR=="), "not base64url"),
    "an id with a space": (envelope(id="YW Jj", rawId="YW Jj"), "not base64url"),
    "an id with a line feed": (envelope(id="YWJj\n", rawId="YWJj\n"), "not base64url"),
    "an empty credential id": ({"credential_id": b""}, "1 to 1023 bytes"),
    "a credential id of 1024 bytes": ({"credential_id": bytes(1024)}, "1 to 1023 bytes"),
    "the type of a sign-in": (
        {"client_data": {"type": "webauthn.get"}}, "not of type webauthn.create",
    ),
    "no type in clientDataJSON": ({"client_data": {"type": ...}}, "not of type"),
    "another origin": ({"client_data": {"origin": "https://evil.example"}}, "not one of ours"),
    "our origin with a slash": ({"client_data": {"origin": ORIGIN + "/"}}, "not one of ours"),
    "our origin on another port": (
        {"client_data": {"origin": "http://localhost:8001"}}, "not one of ours",
    ),
    "our origin in capitals": ({"client_data": {"origin": ORIGIN.upper()}}, "not one of ours"),
    "an origin that begins like ours": (
        {"client_data": {"origin": ORIGIN + ".evil.example"}}, "not one of ours",
    ),
    "a list of origins": ({"client_data": {"origin": [ORIGIN]}}, "not one of ours"),
    "no origin": ({"client_data": {"origin": ...}}, "not one of ours"),
    "crossOrigin": ({"client_data": {"crossOrigin": True}}, "in a frame"),
    "crossOrigin as text": ({"client_data": {"crossOrigin": "true"}}, "not a boolean"),
    "a topOrigin": ({"client_data": {"topOrigin": PORTAL}}, "in a frame"),
    "an empty topOrigin": ({"client_data": {"topOrigin": ""}}, "in a frame"),
    "crossOrigin with our own topOrigin": (
        {"client_data": {"crossOrigin": True, "topOrigin": ORIGIN}}, "in a frame",
    ),
    "another RP id": ({"rp_id": "evil.example"}, "RP ID hash"),
    "nobody present": ({"flags": lambda bits: bits & ~UP}, "User presence"),
    "backed up without being eligible": ({"flags": lambda bits: bits | BS}, "[Bb]ackup|BS|BE"),
    "no attested credential": (
        {"flags": lambda bits: bits & ~AT, "auth_data": lambda data: data[:37]},
        "attested credential data",
    ),
    "authenticator data of 36 bytes": (attested(authData=bytes(36)), "37 bytes"),
    "no authenticator data": (attested(authData=b""), "37 bytes"),
    "a byte behind the authenticator data": ({"auth_data": lambda data: data + b"\0"}, "malformed"),
    "a byte behind the attestation object": (after(b"\0"), "canonical"),
    "a member more in the attestation object": (attested(more=1), "members"),
    "no attStmt": (attested(attStmt=...), "members"),
    "an attStmt that is a list": (attested(attStmt=[]), "wrong type"),
    "a format that is a number": (attested(fmt=1), "wrong type"),
    "authenticator data as text": (attested(authData="x" * 200), "wrong type"),
    "an attestation object that is a list": (
        {"attestation_object": lambda _: b"\x80"}, "not a map",
    ),
    "an attestation object of indefinite length": (
        {"attestation_object": lambda data: b"\xbf" + data[1:] + b"\xff"}, "canonical",
    ),
    "an attestation object with a length in long form": (
        {"attestation_object": lambda data: b"\xb8\x03" + data[1:]}, "canonical",
    ),
    "an attestation object with a member twice": (
        {"attestation_object": lambda data: b"\xa4\x63fmt\x64none" + data[1:]}, "decoding map",
    ),
    "an empty attestation object": ({"attestation_object": lambda _: b""}, "end of stream"),
    "an attestation object that is no text": (response(attestationObject=7), "not text"),
    "no attestation object": (response(attestationObject=...), "not text"),
    "an attestation object with noise": (response(attestationObject="o2!mt"), "not base64url"),
}  # fmt: skip


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_is_refused_by_its_own_check(flaw: str) -> None:
    changes, reason = FLAWS[flaw]
    with pytest.raises(RegistrationRefused, match=reason):
        ceremonies.register(Authenticator(), **changes)


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_refusal_burns_the_challenge_and_stores_nothing(ada: Person, flaw: str) -> None:
    refused(lambda: ada.add_passkey(**FLAWS[flaw][0]), RegistrationRefused)


def test_a_device_that_did_not_check_the_user_gets_an_error_of_its_own(ada: Person) -> None:
    ada.authenticator.user_verified = False
    refused(ada.add_passkey, UserNotVerifiedAtRegistration)
    assert "PIN" in UserNotVerifiedAtRegistration.sentence


@pytest.mark.parametrize("setting", ["preferred", "discouraged"])
def test_a_device_need_not_check_the_user_where_that_is_not_required(
    make_app: MakeApp, setting: str
) -> None:
    ada = Person(make_app(USER_VERIFICATION=setting), "ada", user_verified=False).set_up()
    assert ada.add_passkey().status_code == 200


def test_user_verification_follows_the_options_that_were_sent(make_app: MakeApp) -> None:
    ada = Person(make_app(USER_VERIFICATION="preferred"), "ada", user_verified=False).set_up()
    options = ada.creation_options()
    make_app(USER_VERIFICATION="required")
    credential = ada.authenticator.create(options, origin=ORIGIN)
    assert ada.finish_registration(credential).status_code == 200


@pytest.mark.parametrize("length", [1, 16, 1023])
def test_a_credential_id_has_1_to_1023_bytes(ada: Person, length: int) -> None:
    assert ada.add_passkey(credential_id=b"\7" * length).status_code == 200


def test_what_was_verified_is_what_is_kept(ada: Person, rows: Any) -> None:
    ada.authenticator = Authenticator(
        backup_eligible=True, backed_up=True, sign_count=2**32 - 1, aaguid=b"\7" * 16
    )
    assert ada.add_passkey().status_code == 200
    [held] = ada.authenticator.credentials
    kept = (
        "credential_id, public_key, sign_count, backup_eligible, backed_up, "
        "user_verified, rp_id, attestation_format"
    )
    [(identifier, key, *others)] = rows(f"SELECT {kept} FROM passkeys")
    assert (bytes(identifier), bytes(key)) == (held.id, held.public_key)
    assert others == [2**32 - 1, True, True, True, "localhost", "none"]


def test_a_credential_registered_to_somebody_else_is_refused(ada: Person, bob: Person) -> None:
    ada.add_passkey()
    identifier = ada.authenticator.credentials[0].id
    refused(lambda: bob.add_passkey(credential_id=identifier), CredentialTaken)


def test_a_credential_registered_to_oneself_is_refused(ada: Person) -> None:
    ada.add_passkey()
    identifier = ada.authenticator.credentials[0].id
    refused(lambda: ada.add_passkey(credential_id=identifier), CredentialTaken)


def test_a_passkey_beyond_the_limit_is_refused_before_the_ceremony(make_app: MakeApp) -> None:
    ada = Person(make_app(MAX_PASSKEYS_PER_USER=1), "ada").set_up()
    ada.add_passkey()
    refused(lambda: ada.get(f"{PASSKEYS}/options"), TooManyPasskeys)


def test_a_passkey_beyond_the_limit_is_refused_at_the_end_of_two_ceremonies(
    make_app: MakeApp,
) -> None:
    ada = Person(make_app(MAX_PASSKEYS_PER_USER=1), "ada").set_up()
    second = ada.creation_options()
    ada.add_passkey()
    credential = ada.authenticator.create(second, origin=ORIGIN)
    refused(lambda: ada.finish_registration(credential), TooManyPasskeys)


def test_where_passkeys_are_switched_off_no_ceremony_begins_or_ends(make_app: MakeApp) -> None:
    ada = Person(make_app(), "ada").set_up()
    credential = ada.authenticator.create(ada.creation_options(), origin=ORIGIN)
    ada.app = make_app(PASSKEYS_ENABLED="off")
    ada.browser.application = ada.app
    before = stored()
    for answer in (ada.get(f"{PASSKEYS}/options"), ada.finish_registration(credential)):
        is_refusal(answer, PasskeysDisabled)
    assert stored() == before and pending() == 1


def test_the_options_exclude_the_passkeys_that_there_are(ada: Person) -> None:
    ada.authenticator.transports = ["usb", "smart-card"]
    ada.add_passkey()
    [descriptor] = ada.creation_options()["excludeCredentials"]
    identifier = b64(ada.authenticator.credentials[0].id)
    transports = ["usb", "smart-card"]
    assert descriptor == {"id": identifier, "type": "public-key", "transports": transports}


def test_the_sentence_of_a_refusal_never_tells_its_cause() -> None:
    with pytest.raises(AppError) as caught:
        ceremonies.register(Authenticator(), client_data={"origin": "https://evil.example"})
    assert "evil" in caught.value.cause and "evil" not in caught.value.sentence


def test_a_cause_is_short_however_long_what_was_sent() -> None:
    with pytest.raises(AppError) as caught:
        ceremonies.register(Authenticator(), client_data={"origin": "x" * 9000})
    assert len(caught.value.cause) <= 500
