"""The five operations on passkeys, and that every edge works on the same ones."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from app.core.webauthn import relying_party
from tests import people
from tests.clerk.client import PASSKEYS, Clerk, parameter, refusal
from tests.conftest import MakeApp
from tests.parallel import in_parallel
from tests.people import ORIGIN, Person
from tests.zipline import people as zipline_people

Rows = Callable[..., list[tuple[Any, ...]]]
YUBIKEY = bytes.fromhex("2fc0579f811347eab116bb5a8db9202a")


def at(passkey: dict[str, Any]) -> str:
    """Return a passkey's path."""
    return f"{PASSKEYS}/{passkey['id']}"


def test_a_passkey_is_begun_unverified_with_its_options_in_the_nonce(adas: Clerk) -> None:
    begun = adas.begin()
    times = {"last_used_at", "created_at", "updated_at"}
    assert set(begun) == {"id", "object", "name", "verification", *times}
    assert begun["id"].startswith("idn_")
    assert (begun["object"], begun["name"], begun["last_used_at"]) == ("passkey", "Passkey", None)
    verification = begun["verification"]
    assert set(verification) == {"status", "strategy", "attempts", "expire_at", "nonce"}
    assert (verification["status"], verification["strategy"]) == ("unverified", "passkey")
    assert verification["attempts"] == 0
    assert verification["expire_at"] - begun["created_at"] == 300_000
    assert begun["created_at"] > 1_700_000_000_000  # milliseconds
    options = json.loads(verification["nonce"])
    assert "publicKey" not in options
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["user"]["name"] == "ada"


def test_each_passkey_that_is_begun_has_an_id_and_a_challenge_of_its_own(adas: Clerk) -> None:
    begun = [adas.begin() for _ in range(3)]
    assert len({each["id"] for each in begun}) == 3
    assert len({json.loads(each["verification"]["nonce"])["challenge"] for each in begun}) == 3


def test_an_attempt_verifies_it_and_takes_the_nonce_away(adas: Clerk) -> None:
    begun = adas.begin()
    answer = adas.attempt(begun, adas.credential(begun))
    done = (answer.json or {})["response"]
    assert answer.status_code == 200
    assert (done["id"], done["verification"]["status"]) == (begun["id"], "verified")
    assert "nonce" not in done["verification"]
    user = (answer.json or {})["client"]["sessions"][0]["user"]
    assert [each["id"] for each in user["passkeys"]] == [done["id"]]
    assert adas.given("GET", at(done)) == done


def test_a_session_s_client_comes_with_every_answer(adas: Clerk) -> None:
    begun = adas.ask("POST", PASSKEYS).json or {}
    answers = [
        begun,
        adas.ask("GET", at(begun["response"])).json or {},
        adas.ask("PATCH", at(begun["response"]), {"name": "Laptop"}).json or {},
        adas.ask("DELETE", at(begun["response"])).json or {},
    ]
    for answer in answers:
        assert set(answer) == {"response", "client"}
        assert answer["client"]["last_active_session_id"] == adas.session()["id"]


def test_the_session_may_be_named(adas: Clerk) -> None:
    named = {"_clerk_session_id": adas.session()["id"]}
    assert adas.ask("POST", PASSKEYS, query=named).status_code == 200


@pytest.mark.parametrize("change", ["added", "renamed", "deleted"])
def test_a_change_dates_the_user_in_that_very_answer(adas: Clerk, change: str) -> None:
    # The SDK notifies an application of a change only when `updated_at` has grown.
    passkey = adas.add() if change != "added" else adas.begin()
    before = adas.given("GET", "/v1/me")["updated_at"]
    credential = adas.credential(passkey) if change == "added" else None
    with time_machine.travel(timedelta(seconds=1)):
        if change == "added":
            answer = adas.attempt(passkey, credential)
        else:
            method = {"renamed": "PATCH", "deleted": "DELETE"}[change]
            answer = adas.ask(method, at(passkey), {"name": "x"})
        assert (answer.json or {})["client"]["sessions"][0]["user"]["updated_at"] > before
        assert adas.given("GET", "/v1/me")["updated_at"] > before


def test_deleting_answers_200_with_the_deleted_object(adas: Clerk) -> None:
    passkey = adas.add()
    answer = adas.ask("DELETE", at(passkey))
    assert answer.status_code == 200
    deleted = {"object": "passkey", "id": passkey["id"], "deleted": True}
    assert (answer.json or {})["response"] == deleted
    assert refusal(adas.ask("GET", at(passkey))) == (404, "resource_not_found")
    assert adas.listed() == []


@pytest.mark.parametrize("unfinished", [False, True])
def test_renaming_and_the_default_name(adas: Clerk, unfinished: bool) -> None:
    passkey = adas.begin() if unfinished else adas.add()
    assert passkey["name"] == "Passkey"
    assert adas.given("PATCH", at(passkey), {"name": "  My läptop "})["name"] == "My läptop"
    assert adas.given("GET", at(passkey))["name"] == "My läptop"
    assert adas.given("PATCH", at(passkey), {"name": ""})["name"] == "Passkey"
    adas.given("PATCH", at(passkey), {"name": "Phone"})
    assert adas.given("PATCH", at(passkey))["name"] == "Passkey"  # no name at all
    adas.given("PATCH", at(passkey), {"name": "Phone"})
    assert adas.given("PATCH", at(passkey), json={"name": None})["name"] == "Passkey"


def test_the_default_name_is_the_authenticators_once_it_is_known(adas: Clerk) -> None:
    adas.person.authenticator.aaguid = YUBIKEY
    begun = adas.begin()
    assert begun["name"] == "Passkey"
    done = (adas.attempt(begun, adas.credential(begun)).json or {})["response"]
    assert "YubiKey" in done["name"]
    adas.given("PATCH", at(done), {"name": "Mine"})
    assert adas.given("PATCH", at(done), {"name": ""})["name"] == done["name"]


def test_an_unfinished_passkey_keeps_the_name_that_it_was_given(adas: Clerk) -> None:
    begun = adas.begin()
    adas.given("PATCH", at(begun), {"name": "Mine"})
    done = (adas.attempt(begun, adas.credential(begun)).json or {})["response"]
    assert done["name"] == "Mine"


def test_two_passkeys_never_have_the_same_name(adas: Clerk) -> None:
    assert [adas.add()["name"], adas.add()["name"]] == ["Passkey", "Passkey 2"]


@pytest.mark.parametrize("name", ["x" * 101, "x" * 2000, "a\0b", " ", "\u202e"])
@pytest.mark.parametrize("unfinished", [False, True])
def test_a_name_that_is_none_is_422(adas: Clerk, unfinished: bool, name: str) -> None:
    passkey = adas.begin() if unfinished else adas.add()
    answer = adas.ask("PATCH", at(passkey), {"name": name})
    assert refusal(answer) == (422, "form_param_format_invalid")
    assert parameter(answer) == "name"


def test_an_unfinished_passkey_is_in_no_list(adas: Clerk) -> None:
    begun = adas.begin()
    assert adas.given("GET", at(begun)) == begun
    assert adas.listed() == []
    assert adas.session()["user"]["passkeys"] == []
    assert adas.person.passkeys() == []


def test_an_unfinished_passkey_can_be_deleted_and_its_challenge_goes_with_it(adas: Clerk) -> None:
    begun = adas.begin()
    credential = adas.credential(begun)
    assert adas.given("DELETE", at(begun))["deleted"] is True
    assert refusal(adas.ask("GET", at(begun))) == (404, "resource_not_found")
    assert refusal(adas.attempt(begun, credential)) == (404, "resource_not_found")
    other_way = adas.person.finish_registration(credential | {"clientExtensionResults": {}})
    assert other_way.status_code == 400


def test_an_expired_one_says_so_and_cannot_be_finished(adas: Clerk) -> None:
    with time_machine.travel(0, tick=False) as clock:
        clock.move_to("2026-05-05")
        assert adas.person.log_in().status_code == 200
        begun = adas.begin()
        credential = adas.credential(begun)
        clock.shift(timedelta(minutes=5))
        shown = adas.given("GET", at(begun))["verification"]
        assert (shown["status"], "nonce" in shown) == ("expired", False)
        assert refusal(adas.attempt(begun, credential)) == (400, "verification_expired")


def test_a_failed_attempt_says_so(adas: Clerk) -> None:
    begun = adas.begin()
    answer = adas.attempt(begun, adas.credential(begun, flags=lambda _: 0x41))
    assert refusal(answer) == (422, "passkey_registration_failed")
    shown = adas.given("GET", at(begun))["verification"]
    assert (shown["status"], shown["attempts"], "nonce" in shown) == ("failed", 1, False)
    assert adas.listed() == []


def test_an_attempt_that_names_no_challenge_burns_none(adas: Clerk) -> None:
    begun = adas.begin()
    credential = adas.credential(begun)
    assert refusal(adas.attempt(begun, {})) == (422, "passkey_registration_failed")
    assert adas.attempt(begun, credential).status_code == 200


def test_a_finished_passkey_cannot_be_finished_again(adas: Clerk) -> None:
    begun = adas.begin()
    credential = adas.credential(begun)
    assert adas.attempt(begun, credential).status_code == 200
    assert refusal(adas.attempt(begun, credential)) == (400, "verification_failed")
    assert len(adas.listed()) == 1


def test_one_that_is_deleted_while_it_is_verified_is_not_added(
    adas: Clerk, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = adas.begin()
    verify = relying_party.verify_registration

    def meanwhile(*args: Any, **options: Any) -> Any:
        in_parallel(lambda _: adas.given("DELETE", at(begun)), [1])
        return verify(*args, **options)

    monkeypatch.setattr(relying_party, "verify_registration", meanwhile)
    assert refusal(adas.attempt(begun, adas.credential(begun))) == (404, "resource_not_found")
    assert adas.listed() == []
    assert rows("SELECT COUNT(*) FROM enrolments") == [(0,)]


def test_nothing_of_the_unfinished_one_is_left_when_it_is_finished(adas: Clerk, rows: Rows) -> None:
    adas.add()
    assert rows("SELECT COUNT(*) FROM enrolments") == [(0,)]
    assert rows("SELECT COUNT(*) FROM challenges") == [(0,)]


def test_a_credential_that_is_registered_already_is_422(adas: Clerk) -> None:
    adas.add()
    [held] = adas.person.authenticator.credentials
    begun = adas.begin()
    answer = adas.attempt(begun, adas.credential(begun, credential_id=held.id))
    assert refusal(answer) == (422, "passkey_already_exists")


def test_too_many_passkeys_are_403(make_app: MakeApp) -> None:
    adas = Clerk(Person(make_app(MAX_PASSKEYS_PER_USER=1), "ada").set_up())
    late = adas.begin()
    adas.add()
    assert refusal(adas.ask("POST", PASSKEYS)) == (403, "passkey_registration_not_allowed")
    answer = adas.attempt(late, adas.credential(late))
    assert refusal(answer) == (403, "passkey_registration_not_allowed")
    assert len(adas.listed()) == 1


def test_where_passkeys_are_off_nothing_is_begun_or_finished(
    make_app: MakeApp, database_url: str
) -> None:
    adas = Clerk(Person(make_app(), "ada").set_up())
    begun = adas.begin()
    credential = adas.credential(begun)
    person = Person(make_app(PASSKEYS_ENABLED="false"), "ada")
    person.log_in()
    adas = Clerk(person)
    assert refusal(adas.ask("POST", PASSKEYS)) == (403, "passkey_registration_not_allowed")
    assert refusal(adas.attempt(begun, credential)) == (403, "passkey_registration_not_allowed")


def operations(passkey: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the method and path of each of the five operations."""
    one = at(passkey)
    of_one = [(method, one) for method in ("GET", "PATCH", "DELETE")]
    return [("POST", PASSKEYS), *of_one, ("POST", f"{one}/attempt_verification")]


def test_nobody_is_401_in_every_operation(adas: Clerk, nobodys: Clerk) -> None:
    form = {"strategy": "passkey", "public_key_credential": "{}"}
    for method, path in operations(adas.add()):
        assert refusal(nobodys.ask(method, path, form)) == (401, "authentication_invalid")
    assert len(adas.listed()) == 1


def test_an_ended_session_is_401_in_every_operation(adas: Clerk) -> None:
    passkey, cookie = adas.add(), adas.person.browser.get_cookie("passline_session")
    adas.person.log_out()
    assert cookie
    adas.person.browser.set_cookie("passline_session", cookie.value)
    form = {"strategy": "passkey", "public_key_credential": "{}"}
    for method, path in operations(passkey):
        assert refusal(adas.ask(method, path, form)) == (401, "session_not_found")


@pytest.mark.parametrize(
    "passkey_id", ["idn_cunknown", "idn_", "cunknown", "idn_%00", "idn_é", "x" * 3000]
)
def test_an_unknown_id_is_404_in_every_operation(adas: Clerk, passkey_id: str) -> None:
    form = {"strategy": "passkey", "public_key_credential": "{}", "name": "x"}
    for method, path in operations({"id": passkey_id})[1:]:
        assert refusal(adas.ask(method, path, form)) == (404, "resource_not_found")


def test_the_true_methods_and_json_work_as_well(adas: Clerk) -> None:
    passkey, person = adas.add(), adas.person
    renamed = (person.call("PATCH", at(passkey), {"name": "Mine"}).json or {})["response"]
    assert renamed["name"] == "Mine"
    assert (person.call("DELETE", at(passkey)).json or {})["response"]["deleted"] is True

    begun = (person.post(PASSKEYS, {}).json or {})["response"]
    body = {"strategy": "passkey", "public_key_credential": json.dumps(adas.credential(begun))}
    assert person.post(f"{at(begun)}/attempt_verification", body).status_code == 200


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "POST", "PUT"])
@pytest.mark.parametrize("true_method", ["GET", "HEAD"])
def test_a_get_never_changes_anything(adas: Clerk, true_method: str, method: str) -> None:
    passkey = adas.add()
    for path in (at(passkey), PASSKEYS, "/v1/client/sessions", "/v1/client"):
        adas.ask(true_method, path, query={"_method": method, "name": "Changed"})
        adas.person.call(true_method, f"{path}?_method={method}", data="_method=" + method)
    assert adas.listed() == [passkey]


@pytest.mark.parametrize("value", ["GET", "PUT", "delete", "HEAD", "", "OPTIONS"])
def test_a_post_takes_no_other_method_by_its_query(adas: Clerk, value: str) -> None:
    passkey = adas.add()
    assert adas.ask("POST", at(passkey), query={"_method": value}).status_code == 405
    assert adas.person.post(f"{at(passkey)}?_method=DELETE&_method=DELETE").status_code == 405
    assert adas.person.post(at(passkey), data="_method=DELETE").status_code == 405
    assert adas.listed() == [passkey]


def test_below_a_prefix_methods_are_overridden_too(make_app: MakeApp) -> None:
    ada = Person(make_app(URL_PREFIX="/auth"), "ada")
    account = {"username": "ada", "password": ada.password}
    assert ada.post("/auth/account/api/setup", account).status_code == 200
    begun = (ada.post(f"/auth{PASSKEYS}").json or {})["response"]
    deleted = ada.post(f"/auth{at(begun)}?_method=DELETE")
    assert (deleted.json or {})["response"]["deleted"] is True


@pytest.fixture(params=["our pages", pytest.param("Zipline", marks=pytest.mark.zipline)])
def other(request: pytest.FixtureRequest, app: Flask) -> Person:
    """Somebody who uses another edge, too."""
    kind = zipline_people.Person if request.param == "Zipline" else Person
    return kind(app, "ada").set_up()


def test_no_other_edge_is_overridden(ada: Person) -> None:
    # A POST remains one: here a registration that lacks its response.
    assert ada.post(f"{people.PASSKEYS}?_method=DELETE", {"id": "x"}).status_code == 400


def test_made_in_clerks_dialect_and_used_elsewhere(other: Person) -> None:
    adas, ada = Clerk(other), other
    passkey = adas.add()
    [listed] = ada.passkeys()
    assert f"idn_{listed['id']}" == passkey["id"]
    assert ada.rename(listed["id"], "Renamed there").status_code == 200
    assert [each["name"] for each in adas.listed()] == ["Renamed there"]
    ada.log_out()
    assert ada.sign_in().status_code == 200
    assert adas.listed()[0]["last_used_at"] is not None
    assert ada.delete(listed["id"]).status_code == 200
    assert adas.listed() == []
    assert refusal(adas.ask("GET", at(passkey))) == (404, "resource_not_found")


def test_made_elsewhere_and_used_in_clerks_dialect(other: Person) -> None:
    adas = Clerk(other)
    assert other.add_passkey("Made there").status_code == 200
    [passkey] = adas.listed()
    assert (passkey["name"], passkey["verification"]["status"]) == ("Made there", "verified")
    adas.given("PATCH", at(passkey), {"name": "Renamed here"})
    assert other.passkeys()[0]["name"] == "Renamed here"
    other.log_out()
    assert adas.sign_in_by_passkey().status_code == 200
    adas.given("DELETE", at(passkey))
    assert other.passkeys() == []


def test_a_native_client_shows_its_token_and_no_cookie(adas: Clerk, nobodys: Clerk) -> None:
    cookie = adas.person.browser.get_cookie("passline_session")
    assert cookie
    native = {"query": {"_is_native": "1"}, "headers": {"Authorization": cookie.value}}
    assert nobodys.ask("POST", PASSKEYS, **native).status_code == 200
    without = adas.ask("POST", PASSKEYS, query={"_is_native": "1"})
    assert refusal(without) == (401, "authentication_invalid")


def test_an_api_token_is_no_session(adas: Clerk, nobodys: Clerk) -> None:
    token = adas.person.api_token()
    native = {"query": {"_is_native": "1"}, "headers": {"Authorization": token}}
    assert refusal(nobodys.ask("POST", PASSKEYS, **native)) == (401, "session_not_found")
    answer = nobodys.ask("POST", PASSKEYS, headers={"Authorization": token})
    assert refusal(answer) == (401, "authentication_invalid")


def test_the_client_cookie_of_clerk_is_taken_too(adas: Clerk, nobodys: Clerk) -> None:
    cookie = adas.person.browser.get_cookie("passline_session")
    assert cookie
    nobodys.person.browser.set_cookie("__client", cookie.value)
    assert nobodys.ask("POST", PASSKEYS).status_code == 200


def test_of_two_session_cookies_the_live_one_counts(adas: Clerk, nobodys: Clerk) -> None:
    cookie = adas.person.browser.get_cookie("passline_session")
    assert cookie
    both = f"passline_session={'x' * 43}; passline_session={cookie.value}"
    other = adas.person.app.test_client(use_cookies=False)
    assert other.get("/v1/me", headers={"Cookie": both}).status_code == 200
    assert nobodys.ask("GET", "/v1/me").status_code == 401


def test_headers_that_say_where_the_request_came_from_change_nothing(adas: Clerk) -> None:
    begun = adas.given("POST", PASSKEYS, headers={"X-Original-Host": "evil.example"})
    assert json.loads(begun["verification"]["nonce"])["rp"]["id"] == "localhost"
    assert adas.attempt(begun, adas.credential(begun, origin=ORIGIN)).status_code == 200
