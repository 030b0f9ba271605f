"""clientDataJSON: when its challenge is burnt, and which sites may frame a ceremony."""

from typing import Any

import pytest

from app.core.webauthn import relying_party
from app.core.webauthn.errors import RegistrationRefused
from tests.authenticator import Authenticator
from tests.core import ceremonies
from tests.core.refusals import refused
from tests.people import ORIGIN, Person

PORTAL = "https://portal.example.org"

UNREADABLE: dict[str, Any] = {
    "clientDataJSON twice": {"client_data_bytes": lambda data: data + data},
    "a member twice": {"client_data_bytes": lambda data: data[:-1] + b',"type":"webauthn.create"}'},
    "the challenge twice": {"client_data_bytes": lambda data: b'{"challenge":"x",' + data[1:]},
    "a member twice deeper down": {
        "client_data_bytes": lambda data: data[:-1] + b',"x":[{"a":1,"a":1}]}'
    },
    "UTF-16": {"client_data_bytes": lambda data: data.decode().encode("utf-16")},
    "UTF-16 without a mark": {"client_data_bytes": lambda data: data.decode().encode("utf-16-le")},
    "no UTF-8": {"client_data_bytes": lambda data: data[:-1] + b',"x":"\xff"}'},
    "two byte order marks": {"client_data_bytes": lambda data: b"\xef\xbb\xbf" * 2 + data},
    "NaN": {"client_data_bytes": lambda data: data[:-1] + b',"x":NaN}'},
    "Infinity": {"client_data_bytes": lambda data: data[:-1] + b',"x":-Infinity}'},
    "a list": {"client_data_bytes": lambda data: b"[" + data + b"]"},
    "too deep": {
        "client_data_bytes": lambda data: data[:-1] + b',"x":' + b"[" * 9000 + b"]" * 9000 + b"}"
    },
    "a number of 5000 digits": {
        "client_data_bytes": lambda data: data[:-1] + b',"x":' + b"9" * 5000 + b"}"
    },
    "nothing": {"client_data_bytes": lambda _: b""},
    "no challenge": {"client_data": {"challenge": ...}},
    "a challenge that is a list": {"client_data": {"challenge": ["x"]}},
    "a number": {"response_json": lambda sent: sent | {"response": {"clientDataJSON": 7}}},
    "no clientDataJSON": {"response_json": lambda sent: sent | {"response": {}}},
    "foreign characters": {
        "response_json": lambda sent: sent | {"response": {"clientDataJSON": "e30 "}}
    },
    "a response that is a list": {"response_json": lambda sent: sent | {"response": []}},
    "no response": {"response_json": lambda sent: {"id": sent["id"]}},
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_has_no_readable_challenge_is_refused_and_burns_none(ada: Person, name: str) -> None:
    refused(lambda: ada.add_passkey(**UNREADABLE[name]), RegistrationRefused, left=1)


@pytest.mark.parametrize("value", [None, [], "x", 7, True])
def test_a_credential_that_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(RegistrationRefused, match="not an object"):
        relying_party.read_registration(value)


def test_a_byte_order_mark_before_it_is_dropped(ada: Person) -> None:
    assert ada.add_passkey(client_data_bytes=lambda data: b"\xef\xbb\xbf" + data).status_code == 200
    assert ada.sign_in(client_data_bytes=lambda data: b"\xef\xbb\xbf" + data).status_code == 200


def test_members_that_nobody_knows_are_left_alone() -> None:
    more = {
        "tokenBinding": {"status": "supported"},
        "other_keys_can_be_added_here": "do not compare",
        "x": [{"a": 1}],
    }
    assert ceremonies.register(Authenticator(), client_data=more)


@pytest.mark.parametrize(
    "framing", [{"crossOrigin": True, "topOrigin": PORTAL}, {"topOrigin": PORTAL}], ids=str
)
def test_a_site_that_may_embed_this_one_may_frame_a_ceremony(framing: dict[str, Any]) -> None:
    rules = {"top_origins": (PORTAL,)}
    assert ceremonies.register(Authenticator(), rules=rules, client_data=framing)


@pytest.mark.parametrize(
    "framing",
    [{"crossOrigin": True}, {"crossOrigin": True, "topOrigin": "https://evil.example"}],
    ids=str,
)
def test_no_other_site_may_frame_a_ceremony(framing: dict[str, Any]) -> None:
    with pytest.raises(RegistrationRefused, match="in a frame"):
        ceremonies.register(Authenticator(), rules={"top_origins": (PORTAL,)}, client_data=framing)


def test_every_origin_of_the_list_is_taken() -> None:
    rules = {"origins": (ORIGIN, "https://localhost", "android:apk-key-hash:abc")}
    for origin in rules["origins"]:
        assert ceremonies.register(Authenticator(), rules=rules, client_data={"origin": origin})
