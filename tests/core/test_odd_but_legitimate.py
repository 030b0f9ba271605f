"""Odd but legitimate: what real clients send beside the letter of the specification."""

import re
from collections.abc import Callable
from typing import Any

import cbor2
import orjson
import pytest

from app.core import passkeys
from app.core.webauthn.errors import RegistrationRefused, SignInRefused
from tests.authenticator import EDDSA, ES256, RS256, Authenticator, b64, unb64
from tests.conftest import MakeApp
from tests.core import ceremonies
from tests.core.ceremonies import changed
from tests.core.refusals import refused
from tests.people import Person

JSON = dict[str, Any]


def without(*names: str) -> Any:
    return lambda sent: {name: value for name, value in sent.items() if name not in names}


def inside(**members: Any) -> Any:
    """Return the change of members of `response`; ... takes one away."""
    return lambda sent: sent | {"response": changed(sent["response"], members)}


def padded(*names: str) -> Any:
    def pad(sent: JSON) -> JSON:
        members = sent["response"]
        texts = {name: members[name] for name in names if members.get(name)}
        longer = {name: text + "=" * (-len(text) % 4) for name, text in texts.items()}
        return sent | {"response": members | longer}

    return pad


def bitwarden(sent: JSON) -> JSON:
    """Return the response as Bitwarden sends it.

    Its toJSON has the publicKeyAlgorithm as text, an order and outputs of its own.
    """
    response = sent["response"]
    return {
        "id": sent["id"],
        "rawId": sent["rawId"],
        "response": {**response, "publicKeyAlgorithm": str(response.get("publicKeyAlgorithm", ""))},
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {"credProps": {"rk": True}},
        "type": "public-key",
    }


OUTPUTS = {
    "credProps": {"rk": "1"},
    "uvm": [["2", "4", "2"]],
    "largeBlob": {"size": "1024"},
    "x": 1.5,
    "y": None,
}
CREATE: dict[str, Any] = {
    "Bitwarden": bitwarden,
    "an empty attachment": lambda sent: sent | {"authenticatorAttachment": ""},
    "an attachment of null": lambda sent: sent | {"authenticatorAttachment": None},
    "an attachment nobody knows": lambda sent: sent | {"authenticatorAttachment": "hybrid"},
    "an attachment that is a list": lambda sent: sent | {"authenticatorAttachment": ["platform"]},
    "no attachment": without("authenticatorAttachment"),
    "no extension outputs": without("clientExtensionResults"),
    "extension outputs of null": lambda sent: sent | {"clientExtensionResults": None},
    "extension outputs in a list": lambda sent: sent | {"clientExtensionResults": []},
    "numbers as text in extension outputs": lambda sent: sent | {"clientExtensionResults": OUTPUTS},
    "a member nobody knows": lambda sent: sent | {"extra": {"a": [1, 2]}},
    "no transports": inside(transports=...),
    "transports of null": inside(transports=None),
    "transports as text": inside(transports="internal"),
    "only the members that are needed": inside(
        authenticatorData=..., publicKey=..., publicKeyAlgorithm=...
    ),
    "a publicKey that lies": inside(publicKey="AAAA", publicKeyAlgorithm="x", authenticatorData=7),
    "padding": padded("clientDataJSON", "attestationObject"),
}


@pytest.mark.parametrize("name", CREATE)
def test_an_odd_registration_is_taken_and_signs_in(ada: Person, name: str) -> None:
    assert ada.add_passkey(response_json=CREATE[name]).status_code == 200
    assert ada.sign_in().status_code == 200


GET: dict[str, Any] = {
    "Bitwarden": bitwarden,
    "an empty attachment": CREATE["an empty attachment"],
    "an attachment nobody knows": CREATE["an attachment nobody knows"],
    "no extension outputs": CREATE["no extension outputs"],
    "numbers as text in extension outputs": CREATE["numbers as text in extension outputs"],
    "an attestationObject of null": inside(attestationObject=None),
    "padding": padded("clientDataJSON", "authenticatorData", "signature", "userHandle"),
}


NO_HANDLE: dict[str, Any] = {
    "no user handle": inside(userHandle=...),
    "a user handle of null": inside(userHandle=None),
    "an empty user handle": inside(userHandle=""),
}


def made_with(rk: Any) -> Any:
    """Return the change of a registration to one with this credProps.rk."""
    return lambda sent: sent | {"clientExtensionResults": {"credProps": {"rk": rk}}}


@pytest.mark.parametrize("name", NO_HANDLE)
def test_without_a_user_handle_a_credential_signs_in_that_has_none(ada: Person, name: str) -> None:
    ada.add_passkey(response_json=made_with(False))
    assert ada.sign_in(response_json=NO_HANDLE[name]).status_code == 200


@pytest.mark.parametrize("rk", [True, None, "false", 0])
@pytest.mark.parametrize("name", NO_HANDLE)
def test_without_a_user_handle_no_other_credential_signs_in(
    ada: Person, name: str, rk: Any
) -> None:
    ada.add_passkey(response_json=made_with(rk))
    ada.log_out()
    refused(lambda: ada.sign_in(response_json=NO_HANDLE[name]), SignInRefused)


@pytest.mark.parametrize("name", NO_HANDLE)
def test_without_a_user_handle_whoever_was_named_signs_in(name: str) -> None:
    assert ceremonies.sign_in(Authenticator(), named="ada", response_json=NO_HANDLE[name])


@pytest.mark.parametrize(
    ("outputs", "kept"),
    [
        ({"credProps": {"rk": True}}, True),
        ({"credProps": {"rk": False}}, False),
        ({"credProps": {"rk": "false"}}, None),
        ({"credProps": {"rk": 0}}, None),
        ({"credProps": {}}, None),
        ({"credProps": [False]}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_whether_a_passkey_signs_in_by_itself_is_kept_where_the_client_told(
    ada: Person, rows: Any, outputs: Any, kept: bool | None
) -> None:
    ada.add_passkey(response_json=lambda sent: sent | {"clientExtensionResults": outputs})
    assert rows("SELECT discoverable FROM passkeys") == [(kept,)]
    [listed] = ada.passkeys()
    assert listed["discoverable"] is kept


@pytest.mark.parametrize("rk", [False, True])
def test_a_passkey_that_cannot_sign_in_by_itself_is_in_the_log(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str], rk: bool
) -> None:
    ada = Person(make_app(), "ada").set_up()
    ada.add_passkey(response_json=made_with(rk))
    warning = f"WARNING account:passkey:not_discoverable .*detail={ada.passkeys()[0]['id']}"
    assert bool(re.search(warning, capsys.readouterr().err)) == (not rk)


FULL = b"\xfb\xef\xff" * 11  # in base64, all of it is + and /


def spelled(change: Callable[[str], str], *names: str) -> Any:
    """Return the change of how these members, outside and inside, are spelled."""

    def spell(sent: JSON) -> JSON:
        inner = sent["response"]
        outer = {name: change(sent[name]) for name in names if name in sent}
        response = {name: change(inner[name]) for name in names if name in inner}
        return sent | outer | {"response": inner | response}

    return spell


def standard(text: str) -> str:
    return text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)


SPELT: dict[str, Any] = {
    "base64": standard,
    "base64 without padding": lambda text: standard(text).rstrip("="),
    "base64url with padding": lambda text: text + "=" * (-len(text) % 4),
}
MEMBERS = [
    ("id",), ("rawId",), ("id", "rawId"), ("clientDataJSON",), ("attestationObject",),
    ("authenticatorData",), ("signature",), ("userHandle",),
    ("id", "rawId", "clientDataJSON", "attestationObject", "authenticatorData", "signature"),
]  # fmt: skip


@pytest.mark.parametrize("names", MEMBERS, ids=",".join)
@pytest.mark.parametrize("spelling", SPELT)
@pytest.mark.parametrize("length", [31, 32, 33])
def test_other_spellings_of_the_same_bytes_are_taken(
    names: tuple[str, ...], spelling: str, length: int
) -> None:
    spell = spelled(SPELT[spelling], *names)
    authenticator = Authenticator()
    given = {"credential_id": FULL[:length], "response_json": spell}
    verified = ceremonies.register(authenticator, **given)
    assert verified.credential_id == FULL[:length]
    passkey = ceremonies.record(authenticator, verified)
    assert ceremonies.sign_in(authenticator, passkey, response_json=spell)


@pytest.mark.parametrize("spelling", SPELT)
def test_however_it_was_spelled_a_registration_is_kept_in_base64url(
    ada: Person, rows: Any, spelling: str
) -> None:
    spell = spelled(SPELT[spelling], "id", "rawId", "clientDataJSON", "attestationObject")
    ada.add_passkey(credential_id=FULL, response_json=spell)
    kept = registration(rows)
    assert kept["id"] == kept["rawId"] == b64(FULL) == ada.passkeys()[0]["credential_id"]
    for name in ("clientDataJSON", "attestationObject"):
        assert kept["response"][name] == b64(unb64(kept["response"][name]))
    [excluded] = ada.creation_options()["excludeCredentials"]
    assert excluded["id"] == b64(FULL)


def firefox(auth_data: bytes) -> bytes:
    """Return authenticator data as Firefox 117 wrote an Ed25519 key into it."""
    good, bad = b"\xa4\x01\x01\x03\x27\x20\x06\x21", b"\xa3\x01\x63OKP\x03\x27\x20\x67Ed25519\x21"
    assert auth_data.count(good) == 1
    return auth_data.replace(good, bad)


@pytest.mark.parametrize("attestation", ["none", "packed-self", "packed-x5c"])
@pytest.mark.parametrize("extensions", [b"", b"\xa1\x69credProps\xa1\x62rk\xf5"])
def test_firefoxs_ed25519_key_is_repaired_and_kept_as_ctap2_has_it(
    ada: Person, rows: Any, attestation: str, extensions: bytes
) -> None:
    ada.authenticator = Authenticator(algorithm=EDDSA, attestation=attestation)
    made = {"auth_data_after": firefox, "extensions": extensions}
    assert ada.add_passkey(**made).status_code == 200
    [(key,)] = rows("SELECT public_key FROM passkeys")
    assert bytes(key) == ada.authenticator.credentials[0].public_key
    attested = cbor2.loads(unb64(registration(rows)["response"]["attestationObject"]))
    assert bytes(key) in attested["authData"]
    assert ada.sign_in().status_code == 200


@pytest.mark.parametrize(
    "broken",
    [
        lambda data: firefox(data).replace(b"\xa3\x01\x63OKP", b"\xa3\x01\x63EC2"),
        lambda data: firefox(data).replace(b"Ed25519\x21", b"Ed25519\x22"),
        lambda data: firefox(data).replace(b"\xa3\x01\x63OKP", b"\xa4\x01\x63OKP"),
        lambda data: firefox(data)[:-32] + bytes(32),
    ],
)
def test_no_other_malformed_key_is_repaired(broken: Any) -> None:
    with pytest.raises(RegistrationRefused):
        ceremonies.register(Authenticator(algorithm=EDDSA), auth_data_after=broken)


def test_es256_is_offered_first(ada: Person) -> None:
    offered = [each["alg"] for each in ada.creation_options()["pubKeyCredParams"]]
    assert offered == [ES256, EDDSA, RS256]


@pytest.mark.parametrize("name", GET)
def test_an_odd_assertion_signs_in(ada: Person, name: str) -> None:
    ada.add_passkey()
    assert ada.sign_in(response_json=GET[name]).status_code == 200


@pytest.mark.parametrize("length", range(3))
def test_padding_is_taken_of_whatever_length_it_is(length: int) -> None:
    spaces = {"client_data_bytes": lambda data: data + b" " * length}
    assert ceremonies.register(Authenticator(), response_json=padded("clientDataJSON"), **spaces)
    assert ceremonies.sign_in(Authenticator(), response_json=padded("clientDataJSON"), **spaces)


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256], ids=["ES256", "EdDSA", "RS256"])
@pytest.mark.parametrize(
    "extensions", [b"\xa0", b"\xa1\x69credProps\xa1\x62rk\xf5", b"\xa1\x63uvm\x81\x83\x01\x01\x01"]
)
def test_extensions_of_an_authenticator_are_left_alone(algorithm: int, extensions: bytes) -> None:
    authenticator = Authenticator(algorithm=algorithm)
    verified = ceremonies.register(authenticator, extensions=extensions)
    passkey = ceremonies.record(authenticator, verified)
    assert ceremonies.sign_in(authenticator, passkey, extensions=extensions)


def registration(rows: Any) -> JSON:
    [(kept,)] = rows("SELECT registration FROM passkeys")
    return dict(orjson.loads(kept))


@pytest.mark.parametrize("attachment", ["", "hybrid", None, ["platform"], 7], ids=repr)
def test_an_attachment_that_nobody_knows_is_dropped(
    ada: Person, rows: Any, attachment: Any
) -> None:
    ada.add_passkey(response_json=lambda sent: sent | {"authenticatorAttachment": attachment})
    assert "authenticatorAttachment" not in registration(rows)


@pytest.mark.parametrize("attachment", ["platform", "cross-platform"])
def test_an_attachment_that_is_known_is_kept(ada: Person, rows: Any, attachment: str) -> None:
    ada.add_passkey(response_json=lambda sent: sent | {"authenticatorAttachment": attachment})
    assert registration(rows)["authenticatorAttachment"] == attachment


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (["usb", "nfc", "teleport"], ["usb", "nfc", "teleport"]),
        (["internal", "internal"], ["internal", "internal"]),
        (["usb", 7, None, ["x"], {}], ["usb"]),
        (["x" * 32, "x" * 33], ["x" * 32]),
        ([str(number) for number in range(99)], [str(number) for number in range(16)]),
        (["\0", "ü"], ["\0", "ü"]),
        ([], []), ("usb", []), (None, []), ({"usb": 1}, []),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_transports_are_kept_as_sent_within_bounds(
    ada: Person, rows: Any, sent: Any, kept: list[str]
) -> None:
    assert ada.add_passkey(response_json=inside(transports=sent)).status_code == 200
    [(transports,)] = rows("SELECT transports FROM passkeys")
    assert orjson.loads(transports) == kept == registration(rows)["response"]["transports"]


def test_of_what_was_sent_only_the_members_that_are_known_are_kept(ada: Person, rows: Any) -> None:
    ada.add_passkey(
        response_json=lambda sent: sent | {"extra": "x" * 9000, "clientExtensionResults": OUTPUTS}
    )
    kept = registration(rows)
    assert set(kept) == {
        "id", "type", "rawId", "response", "clientExtensionResults", "authenticatorAttachment",
    }  # fmt: skip
    assert set(kept["response"]) == {"transports", "clientDataJSON", "attestationObject"}
    assert kept["clientExtensionResults"] == OUTPUTS


@pytest.mark.parametrize("outputs", [[], None, "x", 7], ids=repr)
def test_extension_outputs_that_are_no_object_are_dropped(
    ada: Person, rows: Any, outputs: Any
) -> None:
    ada.add_passkey(response_json=lambda sent: sent | {"clientExtensionResults": outputs})
    assert registration(rows)["clientExtensionResults"] == {}


def test_a_body_beyond_64_kib_is_refused(ada: Person) -> None:
    answer = ada.add_passkey(
        response_json=lambda sent: sent | {"clientExtensionResults": {"x": "x" * 65536}}
    )
    assert (answer.status_code, ada.passkeys()) == (413, [])


def test_a_body_nested_too_deeply_is_refused(ada: Person) -> None:
    deep: Any = {}
    for _ in range(40):
        deep = {"x": deep}
    answer = ada.add_passkey(response_json=lambda sent: sent | {"clientExtensionResults": deep})
    assert (answer.status_code, ada.passkeys()) == (400, [])


def test_a_user_lists_the_oldest_passkey_first(ada: Person) -> None:
    for name in ("b", "a", "c"):
        ada.add_passkey(name)
    assert [each["name"] for each in ada.passkeys()] == ["b", "a", "c"]
    assert len(passkeys.of_user("nobody")) == 0
