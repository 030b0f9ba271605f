"""/api/auth and /api/setup: signing in by password, signing out, the first account."""

from collections.abc import Callable
from typing import Any

import pytest

from app.version import __version__
from tests.conftest import MakeApp
from tests.parallel import in_parallel
from tests.zipline.people import PASSWORD, Person
from tests.zipline.test_passkeys import refusal

Rows = Callable[..., list[tuple[Any, ...]]]


def test_a_fresh_service_says_that_it_needs_its_first_account(stranger: Person) -> None:
    assert stranger.get("/api/setup").json == {"firstSetup": True}
    assert (stranger.get("/api/server/public").json or {})["firstSetup"] is True


def test_setup_makes_a_superadmin_and_signs_in(stranger: Person) -> None:
    answer = stranger.post("/api/setup", {"username": "eve", "password": PASSWORD})
    body = answer.json or {}
    assert list(body) == ["firstSetup", "user"]
    assert (body["firstSetup"], body["user"]["role"]) == (True, "SUPERADMIN")
    assert stranger.signed_in()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_setup_is_refused_once_there_is_an_account(
    ada: Person, stranger: Person, method: str
) -> None:
    body = {"username": "eve", "password": PASSWORD} if method == "POST" else None
    assert refusal(stranger.call(method, "/api/setup", body)) == (403, 9001)


def test_of_many_parallel_setups_one_succeeds(app: Any, rows: Rows) -> None:
    def set_up(name: str) -> int:
        body = {"username": name, "password": PASSWORD}
        return Person(app, name).post("/api/setup", body).status_code

    statuses = in_parallel(set_up, ["ann", "ben", "cid"])
    assert statuses.count(200) == 1
    assert rows("SELECT role FROM users") == [("SUPERADMIN",)]


def test_login_gives_the_user_and_a_session(ada: Person) -> None:
    ada.log_out()
    answer = ada.log_in()
    assert (answer.status_code, list(answer.json or {})) == (200, ["user"])
    assert ada.signed_in()


def test_login_does_not_give_the_api_token_away(ada: Person) -> None:
    token = (ada.get("/api/user/token").json or {})["token"]
    assert token not in ada.log_in().text


@pytest.mark.parametrize(
    "name", ["ADA", "Ada", " ada ", "ａｄａ"], ids=["upper", "title", "spaces", "full-width"]
)
def test_login_takes_the_name_however_it_is_written(ada: Person, name: str) -> None:
    ada.username = name
    assert ada.log_in().status_code == 200


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(
    ada: Person, stranger: Person
) -> None:
    wrong = stranger.post("/api/auth/login", {"username": "ada", "password": "not her password"})
    unknown = stranger.post("/api/auth/login", {"username": "zoe", "password": "not her password"})
    assert refusal(wrong) == (400, 1044)
    assert (wrong.status_code, wrong.data) == (unknown.status_code, unknown.data)


@pytest.mark.parametrize("name", ["ada\0", "\0", "", "x" * 1024], ids=repr)
def test_an_impossible_name_is_an_unknown_user(ada: Person, name: str) -> None:
    answer = ada.post("/api/auth/login", {"username": name, "password": PASSWORD})
    assert refusal(answer) == (400, 1044)


@pytest.mark.parametrize("password", ["", "x" * 4096, "correct horse battery stapl", "\0"], ids=len)
def test_a_wrong_password_of_any_length_is_a_wrong_password(ada: Person, password: str) -> None:
    answer = ada.post("/api/auth/login", {"username": "ada", "password": password})
    assert refusal(answer) == (400, 1044)


def test_a_password_may_be_typed_in_either_unicode_form(app: Any) -> None:
    person = Person(app, "ada")
    person.password = "sch\u00f6nes Wetter"
    person.set_up()
    assert person.log_in("scho\u0308nes Wetter").status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/api/auth/login", "/api/auth/register", "/api/setup"])
@pytest.mark.parametrize("missing", ["username", "password"])
@pytest.mark.parametrize("value", [..., None, 1, ["x"], {}, True], ids=repr)
def test_a_name_or_password_that_is_missing_or_no_text_is_a_schema_failure(
    stranger: Person, path: str, missing: str, value: Any
) -> None:
    body = {"username": "eve", "password": PASSWORD, missing: value}
    answer = stranger.post(path, {name: each for name, each in body.items() if each is not ...})
    assert refusal(answer) == (400, 1000)
    assert [issue["path"] for issue in (answer.json or {})["issues"]] == [[missing]]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_logout_ends_the_session(ada: Person, method: str) -> None:
    cookie = ada.browser.get_cookie("passline_session")
    answer = ada.call(method, "/api/auth/logout")
    assert (answer.status_code, answer.json) == (200, {"loggedOut": True})
    assert ada.browser.get_cookie("passline_session") is None
    assert cookie is not None
    ada.browser.set_cookie("passline_session", cookie.value)
    assert refusal(ada.get("/api/user")) == (401, 2001)


def test_logout_by_get_from_another_site_is_refused(ada: Person) -> None:
    answer = ada.get("/api/auth/logout", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert ada.signed_in()


def test_logout_leaves_other_sessions_alone(ada: Person) -> None:
    elsewhere = Person(ada.app, "ada")
    elsewhere.log_in()
    ada.log_out()
    assert elsewhere.signed_in()


def test_signing_out_needs_to_be_signed_in(stranger: Person) -> None:
    assert refusal(stranger.log_out()) == (401, 2000)


def test_an_unknown_session_is_told_apart_from_none(stranger: Person) -> None:
    stranger.browser.set_cookie("passline_session", "x" * 43)
    assert refusal(stranger.get("/api/user")) == (401, 2001)


def test_login_hashes_anew_when_the_parameters_have_changed(make_app: MakeApp, rows: Rows) -> None:
    Person(make_app(), "ada").set_up()
    [(before,)] = rows("SELECT password_hash FROM users")
    person = Person(make_app(ARGON2="m=16,t=2,p=1"), "ada")
    assert person.log_in().status_code == 200
    [(after,)] = rows("SELECT password_hash FROM users")
    assert ("m=8,t=1,p=1" in before, "m=16,t=2,p=1" in after) == (True, True)
    assert person.log_in().status_code == 200


def test_a_refused_login_does_not_hash_anew(make_app: MakeApp, rows: Rows) -> None:
    Person(make_app(), "ada").set_up()
    before = rows("SELECT password_hash FROM users")
    Person(make_app(ARGON2="m=16,t=2,p=1"), "ada").log_in("not her password")
    assert rows("SELECT password_hash FROM users") == before


def test_server_public_tells_a_sign_in_page_about_the_switches(make_app: MakeApp) -> None:
    person = Person(make_app(PASSKEYS_ENABLED="off", REGISTRATION="invite"), "ada")
    body = person.get("/api/server/public").json or {}
    assert body["mfa"]["passkeys"] is False
    assert (body["features"]["invites"], body["features"]["userRegistration"]) == (True, False)


def test_healthcheck_and_version_answer_anybody(stranger: Person) -> None:
    assert stranger.get("/api/healthcheck").json == {"pass": True}
    assert (stranger.get("/api/version").json or {})["version"] == __version__
