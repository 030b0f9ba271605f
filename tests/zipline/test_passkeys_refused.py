"""/api/user/mfa/passkey: what is refused, with 400 and nothing changed.

Also how many passkeys a person may hold, and API tokens.
"""

import json
from typing import Any

import pytest

from tests.conftest import MakeApp
from tests.parallel import in_parallel
from tests.zipline.people import ORIGIN, PASSKEY, Person
from tests.zipline.test_passkeys import refusal

NOT_TEXT = [
    pytest.param(1, id="number"),
    pytest.param(["x"], id="list"),
    pytest.param({}, id="object"),
    pytest.param(None, id="null"),
    pytest.param(True, id="boolean"),
]


@pytest.fixture
def passkey(ada: Person) -> dict[str, Any]:
    ada.add_passkey("Laptop")
    return ada.passkeys()[0]


@pytest.mark.parametrize("missing", ["response", "name"])
def test_adding_without_a_member_is_refused(ada: Person, missing: str) -> None:
    credential = ada.authenticator.create(ada.creation_options(), origin=ORIGIN)
    body = {"response": credential, "name": "x"}
    del body[missing]
    answer = ada.post(PASSKEY, body)
    assert refusal(answer) == (400, 1000)
    assert [issue["path"] for issue in (answer.json or {})["issues"]] == [[missing]]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("response", [{}, [], "x", 1, None, True, [{}]], ids=repr)
def test_a_registration_response_of_the_wrong_type_is_refused(ada: Person, response: Any) -> None:
    assert refusal(ada.post(PASSKEY, {"response": response, "name": "x"})) == (400, 1000)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "response", [{"id": "x"}, {"response": {}}, {"response": None}, {"x": [1]}], ids=repr
)
def test_a_registration_response_that_is_none_is_refused(ada: Person, response: Any) -> None:
    assert refusal(ada.post(PASSKEY, {"response": response, "name": "x"})) == (400, 1049)


@pytest.mark.parametrize("name", NOT_TEXT)
def test_a_name_that_is_no_text_is_refused(ada: Person, name: Any) -> None:
    credential = ada.authenticator.create(ada.creation_options(), origin=ORIGIN)
    assert refusal(ada.post(PASSKEY, {"response": credential, "name": name})) == (400, 1000)
    assert ada.passkeys() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("body", [[], [{}], "x", 1, None, True], ids=repr)
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_body_that_is_no_object_is_refused(ada: Person, method: str, body: Any) -> None:
    answer = ada.call(method, PASSKEY, data=json.dumps(body), content_type="application/json")
    assert refusal(answer) == (400, 1000)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("body", [{}, *({"id": value.values[0]} for value in NOT_TEXT)], ids=repr)
def test_an_id_that_is_missing_or_no_text_is_refused(
    ada: Person, passkey: dict[str, Any], method: str, body: dict[str, Any]
) -> None:
    assert refusal(ada.call(method, PASSKEY, {"name": "x", **body})) == (400, 1000)
    assert ada.passkeys() == [passkey]


@pytest.mark.parametrize(
    "unknown",
    ["c" * 25, "", "x", "a-b", "../x", "é", "a\0", "\0", "x" * 65, "x" * 1024, "' OR 1=1 --"],
    ids=ascii,
)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_unknown_id_is_refused(
    ada: Person, passkey: dict[str, Any], method: str, unknown: str
) -> None:
    assert refusal(ada.call(method, PASSKEY, {"id": unknown, "name": "x"})) == (400, 1029)
    assert ada.passkeys() == [passkey]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_another_users_id_is_answered_like_an_unknown_one_and_nothing_changes(
    ada: Person, bob: Person, passkey: dict[str, Any], method: str
) -> None:
    theirs = bob.call(method, PASSKEY, {"id": passkey["id"], "name": "x"})
    nobodys = bob.call(method, PASSKEY, {"id": "c" * 25, "name": "x"})
    assert (theirs.status_code, theirs.data) == (nobodys.status_code, nobodys.data)
    assert ada.passkeys() == [passkey]


@pytest.mark.parametrize("body", [{}, {"response": {}}, {"auth": {}}, {"response": None}], ids=repr)
def test_a_sign_in_without_a_response_is_refused(ada: Person, body: dict[str, Any]) -> None:
    ada.request_options()
    assert refusal(ada.post("/api/auth/webauthn", body)) == (400, 1047)


def test_no_more_passkeys_than_the_setting_allows(make_app: MakeApp) -> None:
    person = Person(make_app(MAX_PASSKEYS_PER_USER=1), "ada").set_up()
    person.add_passkey()
    assert refusal(person.get(f"{PASSKEY}/options")) == (400, 1049)


def test_a_registration_begun_before_the_last_place_was_taken_is_refused(make_app: MakeApp) -> None:
    person = Person(make_app(MAX_PASSKEYS_PER_USER=1), "ada").set_up()
    begun = person.creation_options()
    person.add_passkey()
    late = person.authenticator.create(begun, origin=ORIGIN)
    assert refusal(person.post(PASSKEY, {"response": late, "name": "x"})) == (400, 1049)
    assert len(person.passkeys()) == 1


def test_parallel_registrations_do_not_exceed_the_setting(make_app: MakeApp) -> None:
    person = Person(make_app(MAX_PASSKEYS_PER_USER=3), "ada").set_up()
    token = (person.get("/api/user/token").json or {})["token"]
    headers = {"Authorization": token}
    options = [
        person.app.test_client().get(f"{PASSKEY}/options", headers=headers) for _ in range(8)
    ]
    credentials = [person.authenticator.create(each.json, origin=ORIGIN) for each in options]

    def add(credential: dict[str, Any]) -> int:
        body = {"response": credential, "name": "Laptop"}
        return person.app.test_client().post(PASSKEY, json=body, headers=headers).status_code

    statuses = in_parallel(add, credentials)
    assert sorted(statuses) == [200] * 3 + [400] * 5
    assert sorted(each["name"] for each in person.passkeys()) == ["Laptop", "Laptop 2", "Laptop 3"]


def test_the_api_token_in_authorization_serves_as_a_session_does(
    ada: Person, stranger: Person
) -> None:
    token = (ada.get("/api/user/token").json or {})["token"]
    headers = {"Authorization": token}
    options = stranger.get(f"{PASSKEY}/options", headers=headers).json
    credential = ada.authenticator.create(options, origin=ORIGIN)
    added = stranger.post(PASSKEY, {"reg": credential, "name": "By token"}, headers=headers)
    assert added.status_code == 200
    [passkey] = stranger.get(PASSKEY, headers=headers).json or []
    deleted = stranger.call("DELETE", PASSKEY, {"id": passkey["id"]}, headers=headers)
    assert deleted.status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "Token ", "Basic "])
def test_the_api_token_with_a_scheme_before_it_is_not_taken(
    ada: Person, stranger: Person, scheme: str
) -> None:
    token = (ada.get("/api/user/token").json or {})["token"]
    assert refusal(stranger.get(PASSKEY, headers={"Authorization": scheme + token})) == (401, 2000)


def test_a_wrong_api_token_is_refused_even_beside_a_session(ada: Person) -> None:
    assert refusal(ada.get(PASSKEY, headers={"Authorization": "x" * 43})) == (401, 2001)


def test_a_proxys_own_credentials_do_not_disturb_a_session(ada: Person) -> None:
    assert ada.get(PASSKEY, headers={"Authorization": "Basic dXNlcjpwYXNz"}).status_code == 200
