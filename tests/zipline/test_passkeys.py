"""/api/user/mfa/passkey: list, add, rename and delete, for clients old and new."""

from typing import Any

import pytest

from tests.conftest import MakeApp
from tests.zipline.people import ORIGIN, PASSKEY, SIGN_IN, Person

USER_KEYS = ["id", "username", "createdAt"]


def refusal(answer: Any) -> tuple[int, int]:
    return answer.status_code, (answer.json or {}).get("code")


@pytest.fixture
def passkey(ada: Person) -> dict[str, Any]:
    ada.add_passkey("Laptop")
    return ada.passkeys()[0]


def test_a_new_account_has_an_empty_list(ada: Person) -> None:
    assert ada.get(PASSKEY).json == []


@pytest.mark.parametrize("member", ["reg", "response"])
def test_clients_of_both_generations_add_a_passkey_and_get_the_bare_user(
    ada: Person, member: str
) -> None:
    answer = ada.add_passkey("Pixel 7", member=member)
    assert answer.status_code == 200
    user = answer.json or {}
    assert list(user)[:3] == USER_KEYS
    assert [each["name"] for each in user["passkeys"]] == ["Pixel 7"]


@pytest.mark.parametrize("member", ["auth", "response"])
def test_clients_of_both_generations_sign_in_by_passkey(
    ada: Person, passkey: dict[str, Any], member: str
) -> None:
    ada.log_out()
    answer = ada.sign_in(member=member)
    assert answer.status_code == 200
    assert list(answer.json or {}) == ["user"]
    assert ada.signed_in()


def test_the_passkey_sign_in_does_not_give_the_api_token_away(
    ada: Person, passkey: dict[str, Any]
) -> None:
    token = (ada.get("/api/user/token").json or {})["token"]
    assert token not in ada.sign_in().text


def test_creation_options_are_those_of_the_contract(ada: Person, passkey: dict[str, Any]) -> None:
    options = ada.creation_options()
    assert [each["alg"] for each in options["pubKeyCredParams"]] == [-7, -8, -257]
    assert options["excludeCredentials"] == [
        {"id": passkey["reg"]["id"], "type": "public-key", "transports": ["internal"]}
    ]
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert (options["attestation"], options["extensions"]) == ("none", {"credProps": True})
    assert "hints" in options


def test_request_options_come_with_an_id_and_the_cookie_and_name_no_credential(
    stranger: Person,
) -> None:
    answer = stranger.get("/api/auth/webauthn/options")
    body = answer.json or {}
    cookie = stranger.browser.get_cookie("webauthn-challenge-id")
    assert cookie is not None
    assert body["id"] == cookie.value
    assert sorted(body["options"]) == ["challenge", "rpId", "timeout", "userVerification"]


@pytest.mark.parametrize(
    "path", [f"{PASSKEY}/options", "/api/auth/webauthn/options"], ids=["creation", "request"]
)
def test_every_call_gives_a_fresh_challenge(ada: Person, path: str) -> None:
    bodies = [ada.get(path).json or {} for _ in range(3)]
    assert len({(body.get("options") or body)["challenge"] for body in bodies}) == 3


@pytest.mark.parametrize("name", ["Desk", "  Desk  "], ids=["plain", "trimmed"])
def test_renaming_gives_the_bare_user_with_the_new_name(
    ada: Person, passkey: dict[str, Any], name: str
) -> None:
    answer = ada.call("PATCH", PASSKEY, {"id": passkey["id"], "name": name})
    assert answer.status_code == 200
    assert list(answer.json or {})[:3] == USER_KEYS
    assert [each["name"] for each in (answer.json or {})["passkeys"]] == ["Desk"]


def test_deleting_gives_the_bare_user_without_the_passkey(
    ada: Person, passkey: dict[str, Any]
) -> None:
    answer = ada.call("DELETE", PASSKEY, {"id": passkey["id"]})
    assert answer.status_code == 200
    assert list(answer.json or {})[:3] == USER_KEYS
    assert (answer.json or {})["passkeys"] == []


def test_a_second_passkey_of_the_same_name_gets_a_number(ada: Person) -> None:
    for _ in range(3):
        ada.add_passkey("Laptop")
    assert sorted(each["name"] for each in ada.passkeys()) == ["Laptop", "Laptop 2", "Laptop 3"]


def test_renaming_to_a_siblings_name_gets_a_number(ada: Person, passkey: dict[str, Any]) -> None:
    ada.add_passkey("Phone")
    ada.call("PATCH", PASSKEY, {"id": passkey["id"], "name": "Phone"})
    assert sorted(each["name"] for each in ada.passkeys()) == ["Phone", "Phone 2"]


def test_renaming_to_its_own_name_changes_nothing(ada: Person, passkey: dict[str, Any]) -> None:
    ada.call("PATCH", PASSKEY, {"id": passkey["id"], "name": "Laptop"})
    assert [each["name"] for each in ada.passkeys()] == ["Laptop"]


def test_people_see_only_their_own_passkeys(
    ada: Person, bob: Person, passkey: dict[str, Any]
) -> None:
    assert bob.passkeys() == []


def test_the_same_credential_cannot_be_registered_twice_and_stays_the_first_owners(
    ada: Person, bob: Person
) -> None:
    ada.add_passkey(credential_id=b"x" * 32)
    assert refusal(bob.add_passkey(credential_id=b"x" * 32)) == (400, 1049)
    assert bob.passkeys() == []
    assert len(ada.passkeys()) == 1


@pytest.mark.parametrize("member", ["reg", "auth"])
def test_a_challenge_that_an_old_client_made_itself_is_refused_with_the_fix(
    ada: Person, member: str
) -> None:
    options = {**ada.creation_options(), "challenge": "c2VsZi1tYWRlIGNoYWxsZW5nZQ"}
    if member == "reg":
        credential = ada.authenticator.create(options, origin=ORIGIN)
        answer = ada.post(PASSKEY, {"reg": credential, "name": "Old"})
    else:
        ada.add_passkey()
        ada.request_options()
        assertion = ada.authenticator.get({**options, "rpId": "localhost"}, origin=ORIGIN)
        answer = ada.post("/api/auth/webauthn", {"auth": assertion})
    assert refusal(answer) == (400, 1048)
    assert "Get new options" in (answer.json or {})["error"]


def test_a_sign_in_without_the_cookie_is_refused_and_told_where_to_get_it(ada: Person) -> None:
    ada.add_passkey()
    assertion = ada.authenticator.get(ada.request_options(), origin=ORIGIN)
    ada.browser.delete_cookie("webauthn-challenge-id")
    answer = ada.post("/api/auth/webauthn", {"response": assertion})
    assert refusal(answer) == (400, 1046)
    assert "/api/auth/webauthn/options" in (answer.json or {})["error"]


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_nobody_gets_in_without_signing_in(stranger: Person, method: str) -> None:
    body = None if method == "GET" else {"id": "c" * 25, "name": "x", "reg": {"id": "x"}}
    assert refusal(stranger.call(method, PASSKEY, body)) == (401, 2000)


def test_options_need_a_signed_in_person(stranger: Person) -> None:
    assert refusal(stranger.get(f"{PASSKEY}/options")) == (401, 2000)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PASSKEY),
        ("GET", f"{PASSKEY}/options"),
        ("POST", PASSKEY),
        ("PATCH", PASSKEY),
        ("DELETE", PASSKEY),
        ("GET", "/api/auth/webauthn/options"),
        ("POST", "/api/auth/webauthn"),
    ],
)
def test_where_passkeys_are_switched_off_every_route_says_so(
    make_app: MakeApp, method: str, path: str
) -> None:
    person = Person(make_app(PASSKEYS_ENABLED="off"), "ada").set_up()
    body = {"id": "c" * 25, "name": "x", "response": {"id": "x"}} if method != "GET" else None
    assert refusal(person.call(method, path, body)) == (404, 9002)


def test_extension_outputs_too_large_to_list_are_not_kept(ada: Person) -> None:
    credential = ada.authenticator.create(ada.creation_options(), origin=ORIGIN)
    credential["clientExtensionResults"] = {"padding": "x" * 50_000}
    assert ada.post(PASSKEY, {"response": credential, "name": "Large"}).status_code == 200
    assert ada.passkeys()[0]["reg"]["clientExtensionResults"] == {}


@pytest.mark.parametrize(
    "body", [{}, {"response": {}}, {"response": None, "auth": None}, {"auth": {}}], ids=str
)
def test_a_request_without_an_assertion_is_told_so(ada: Person, body: dict[str, Any]) -> None:
    ada.add_passkey()
    ada.request_options()
    answer = ada.post(SIGN_IN, body)
    assert (answer.status_code, (answer.json or {})["code"]) == (400, 1047)
