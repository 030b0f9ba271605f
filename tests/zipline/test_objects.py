"""Zipline's objects: their keys in its order, and its forms of time and id.

They hold nothing that should stay secret.
"""

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from tests.conftest import MakeApp
from tests.zipline.people import ORIGIN, PASSKEY, Person

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ID = re.compile(r"c[a-z0-9]{24}")
PASSKEY_KEYS = ["id", "createdAt", "updatedAt", "lastUsed", "name", "reg", "userId"]
REG_KEYS = [
    *("id", "type", "rawId", "response"),
    *("clientExtensionResults", "authenticatorAttachment", "webauthn"),
]
WEBAUTHN_KEYS = [
    *("webAuthnUserID", "id", "publicKey", "counter"),
    *("transports", "deviceType", "backedUp"),
]
USER_KEYS = [
    *("id", "username", "createdAt", "updatedAt", "role", "view", "sessions"),
    *("oauthProviders", "totpSecret", "passkeys", "quota"),
]
SESSION_KEYS = ["id", "createdAt", "ua", "client", "device", "userId"]


def user_of(person: Person) -> dict[str, Any]:
    return dict((person.get("/api/user").json or {})["user"])


@pytest.fixture
def passkey(ada: Person) -> dict[str, Any]:
    ada.add_passkey("Laptop")
    return ada.passkeys()[0]


def test_passkey_has_the_keys_of_the_seed_in_its_order_and_ours_after_them(
    passkey: dict[str, Any],
) -> None:
    assert list(passkey)[: len(PASSKEY_KEYS)] == PASSKEY_KEYS


def test_reg_has_the_keys_of_the_seed_and_then_webauthn(passkey: dict[str, Any]) -> None:
    assert list(passkey["reg"]) == REG_KEYS


def test_reg_response_has_exactly_the_documented_keys(passkey: dict[str, Any]) -> None:
    assert list(passkey["reg"]["response"]) == ["transports", "clientDataJSON", "attestationObject"]


def test_webauthn_has_the_keys_that_new_dashboards_look_for(passkey: dict[str, Any]) -> None:
    assert list(passkey["reg"]["webauthn"]) == WEBAUTHN_KEYS


def test_user_has_the_contracts_keys_in_its_order_and_ours_after_them(ada: Person) -> None:
    assert list(user_of(ada))[: len(USER_KEYS)] == USER_KEYS


def test_session_has_the_contracts_keys_in_its_order_and_ours_after_them(ada: Person) -> None:
    [session] = user_of(ada)["sessions"]
    assert list(session)[: len(SESSION_KEYS)] == SESSION_KEYS


@pytest.mark.parametrize("member", ["createdAt", "updatedAt", "lastUsed"])
def test_passkey_times_are_iso_8601_in_utc_with_milliseconds(
    passkey: dict[str, Any], member: str
) -> None:
    assert TIMESTAMP.fullmatch(passkey[member])


def test_user_and_session_times_are_iso_8601_in_utc_with_milliseconds(ada: Person) -> None:
    user = user_of(ada)
    times = [user["createdAt"], user["updatedAt"], user["sessions"][0]["createdAt"]]
    assert all(TIMESTAMP.fullmatch(each) for each in times)


def test_a_full_second_still_shows_its_milliseconds(make_app: MakeApp) -> None:
    with time_machine.travel("2026-03-01T00:00:00+00:00", tick=False):
        person = Person(make_app(), "ada").set_up()
        assert user_of(person)["createdAt"] == "2026-03-01T00:00:00.000Z"


def test_ids_are_25_lower_case_characters_beginning_with_c(
    ada: Person, passkey: dict[str, Any]
) -> None:
    user = user_of(ada)
    ids = [user["id"], user["sessions"][0]["id"], passkey["id"]]
    assert all(ID.fullmatch(each) for each in ids)


def test_passkey_names_its_owner(ada: Person, passkey: dict[str, Any]) -> None:
    assert passkey["userId"] == user_of(ada)["id"]


def test_last_used_is_set_at_registration(passkey: dict[str, Any]) -> None:
    assert passkey["lastUsed"] == passkey["createdAt"] == passkey["updatedAt"]


def test_a_sign_in_sets_last_used_and_updated_at(make_app: MakeApp) -> None:
    with time_machine.travel("2026-03-01T00:00:00+00:00", tick=False) as clock:
        person = Person(make_app(), "ada").set_up()
        person.add_passkey()
        clock.shift(60)
        person.sign_in()
        [passkey] = person.passkeys()
    assert passkey["createdAt"] == "2026-03-01T00:00:00.000Z"
    assert passkey["lastUsed"] == passkey["updatedAt"] == "2026-03-01T00:01:00.000Z"


def test_reg_gives_back_what_was_sent(ada: Person) -> None:
    sent = ada.authenticator.create(ada.creation_options(), origin=ORIGIN)
    sent["clientExtensionResults"] = {"credProps": {"rk": True}}
    ada.post(PASSKEY, {"response": sent, "name": "Laptop"})
    reg = ada.passkeys()[0]["reg"]
    names = REG_KEYS[:3] + REG_KEYS[4:6]
    assert {name: reg[name] for name in names} == {name: sent[name] for name in names}
    assert reg["response"] == {name: sent["response"][name] for name in reg["response"]}


def test_webauthn_tells_the_public_key_in_padded_standard_base64(
    ada: Person, passkey: dict[str, Any]
) -> None:
    key = passkey["reg"]["webauthn"]["publicKey"]
    assert base64.b64decode(key, validate=True) == ada.authenticator.credentials[0].public_key


@pytest.mark.parametrize(
    ("eligible", "backed_up", "device_type"),
    [(False, False, "singleDevice"), (True, False, "multiDevice"), (True, True, "multiDevice")],
    ids=["device-bound", "may-sync", "synced"],
)
def test_webauthn_tells_whether_the_passkey_syncs(
    app: Any, eligible: bool, backed_up: bool, device_type: str
) -> None:
    person = Person(app, "ada", backup_eligible=eligible, backed_up=backed_up).set_up()
    person.add_passkey()
    webauthn = person.passkeys()[0]["reg"]["webauthn"]
    assert (webauthn["deviceType"], webauthn["backedUp"]) == (device_type, backed_up)


def test_webauthn_repeats_the_user_handle_of_the_options(ada: Person) -> None:
    handle = ada.creation_options()["user"]["id"]
    ada.add_passkey()
    assert ada.passkeys()[0]["reg"]["webauthn"]["webAuthnUserID"] == handle


def test_passkeys_are_listed_oldest_first(make_app: MakeApp) -> None:
    with time_machine.travel("2026-03-01T00:00:00+00:00", tick=False) as clock:
        person = Person(make_app(), "ada").set_up()
        for name in ("One", "Two", "Three"):
            person.add_passkey(name)
            clock.shift(1)
        person.sign_in()
        assert [each["name"] for each in person.passkeys()] == ["One", "Two", "Three"]


def test_user_holds_the_same_passkeys_as_their_list(ada: Person, passkey: dict[str, Any]) -> None:
    assert user_of(ada)["passkeys"] == ada.passkeys() == [passkey]


def test_user_without_totp_oauth_or_quota_says_so_as_zipline_does(ada: Person) -> None:
    user = user_of(ada)
    assert (user["oauthProviders"], user["view"]) == ([], {})
    assert (user["totpSecret"], user["quota"]) == (None, None)


Rows = Callable[..., list[tuple[Any, ...]]]


def test_user_never_carries_the_password_hash_the_api_token_or_the_session_token(
    ada: Person, rows: Rows
) -> None:
    ada.add_passkey()
    [(stored,)] = rows("SELECT password_hash FROM users")
    token = (ada.get("/api/user/token").json or {})["token"]
    cookie = ada.browser.get_cookie("passline_session")
    text = ada.get("/api/user").text
    assert stored.startswith("$argon2id$")
    assert cookie is not None
    secrets = [stored, token, cookie.value, "argon2", "password"]
    assert not [secret for secret in secrets if secret in text]


def test_a_sessions_id_cannot_be_used_as_its_token(ada: Person, stranger: Person) -> None:
    handle = user_of(ada)["sessions"][0]["id"]
    stranger.browser.set_cookie("passline_session", handle)
    assert not stranger.signed_in()
