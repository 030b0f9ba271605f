"""Signing in and out as Clerk's clients do, and whom a request is from."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from app.storage.models import User
from tests.authenticator import forged
from tests.clerk.client import Clerk, parameter, refusal
from tests.conftest import MakeApp
from tests.people import PASSWORD, Person

SIGN_INS = "/v1/client/sign_ins"


@pytest.fixture
def out(adas: Clerk) -> Clerk:
    """The first account, with a passkey, signed out."""
    adas.add()
    adas.person.log_out()
    return adas


def signed_in_as(clerk: Clerk) -> str | None:
    """Return the name of who is signed in, which our pages must agree on."""
    client = clerk.given("GET", "/v1/client")
    name = client["sessions"][0]["user"]["username"] if client and client["sessions"] else None
    assert clerk.person.signed_in() == (name is not None)
    return name


def test_who_is_signed_out_has_no_client_and_that_is_no_error(nobodys: Clerk) -> None:
    answer = nobodys.ask("GET", "/v1/client")
    assert (answer.status_code, answer.json) == (200, {"response": None, "client": None})


def test_a_passkey_signs_in_and_the_cookie_comes_with_that_answer(out: Clerk) -> None:
    answer = out.sign_in_by_passkey()
    body = answer.json or {}
    assert answer.status_code == 200
    assert body["response"]["status"] == "complete"
    assert body["response"]["created_session_id"] == body["client"]["last_active_session_id"]
    assert body["client"]["last_authentication_strategy"] == "passkey"
    assert answer.headers["Set-Cookie"].startswith("passline_session=")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    [device] = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("passline_device=")]
    assert "HttpOnly" in device
    assert signed_in_as(out) == "ada"


def test_a_password_signs_in_at_once(out: Clerk) -> None:
    form = {"strategy": "password", "identifier": "ada", "password": PASSWORD}
    assert out.given("POST", SIGN_INS, form)["status"] == "complete"
    assert signed_in_as(out) == "ada"


@pytest.mark.parametrize("factor", ["password", "passkey"])
def test_the_identifier_may_come_first(out: Clerk, factor: str) -> None:
    begun = out.given("POST", SIGN_INS, {"identifier": "ada"})
    assert (begun["status"], begun["identifier"]) == ("needs_first_factor", "ada")
    assert begun["supported_first_factors"] == [{"strategy": "passkey"}, {"strategy": "password"}]
    assert out.given("GET", f"{SIGN_INS}/{begun['id']}")["id"] == begun["id"]
    assert out.given("GET", "/v1/client")["sign_in"]["id"] == begun["id"]
    if factor == "password":
        form = {"strategy": "password", "password": PASSWORD}
        done = out.given("POST", f"{SIGN_INS}/{begun['id']}/attempt_first_factor", form)
    else:
        path = f"{SIGN_INS}/{begun['id']}/prepare_first_factor"
        prepared = out.given("POST", path, {"strategy": "passkey"})
        done = (out.finish(prepared, out.assertion(prepared)).json or {})["response"]
    assert done["status"] == "complete"
    assert signed_in_as(out) == "ada"


def test_an_unknown_identifier_cannot_be_told_from_a_known_one(out: Clerk) -> None:
    answers = []
    for identifier in ("ada", "nobody"):
        begun = out.given("POST", SIGN_INS, {"identifier": identifier})
        form = {"strategy": "password", "password": "wrong"}
        refused = out.ask("POST", f"{SIGN_INS}/{begun['id']}/attempt_first_factor", form)
        for gone in ("id", "identifier", "abandon_at"):
            del begun[gone]
        answers.append((begun, refused.status_code, (refused.json or {})["errors"]))
    assert answers[0] == answers[1]


def of_passkey(clerk: Clerk, named: str, **changes: Any) -> TestResponse:
    """Sign in by a passkey as the account that is named."""
    begun = clerk.given("POST", SIGN_INS, {"strategy": "passkey", "identifier": named})
    return clerk.finish(begun, clerk.assertion(begun, **changes))


@pytest.mark.parametrize("named", ["ada", "ADA", " ada "])
def test_the_passkey_of_the_account_that_was_named_signs_in(out: Clerk, named: str) -> None:
    assert of_passkey(out, named).status_code == 200
    assert signed_in_as(out) == "ada"


def test_no_other_accounts_passkey_finishes_a_sign_in_that_names_one(
    out: Clerk, bobs: Clerk, rows: Callable[..., list[tuple[Any, ...]]]
) -> None:
    bobs.add()
    bobs.person.log_out()
    kept = rows("SELECT * FROM passkeys ORDER BY id")
    wrong = of_passkey(bobs, "bob", signature=forged)
    answers = [of_passkey(bobs, named) for named in ("ada", "nobody", " ")]
    for answer in (wrong, *answers):
        assert refusal(answer) == (422, "passkey_retrieval_failed")
        assert (answer.json or {})["errors"] == (wrong.json or {})["errors"]
    assert signed_in_as(bobs) is None
    assert rows("SELECT * FROM passkeys ORDER BY id") == kept
    assert of_passkey(bobs, "bob").status_code == 200


def test_the_identifier_that_came_first_counts_when_the_passkey_is_prepared(
    out: Clerk, bobs: Clerk
) -> None:
    bobs.add()
    bobs.person.log_out()
    begun = bobs.given("POST", SIGN_INS, {"identifier": "ada"})
    path = f"{SIGN_INS}/{begun['id']}/prepare_first_factor"
    prepared = bobs.given("POST", path, {"strategy": "passkey"})
    assert refusal(bobs.finish(prepared, bobs.assertion(prepared)))[0] == 422
    assert signed_in_as(bobs) is None


def test_without_a_user_handle_only_who_was_named_signs_in(out: Clerk) -> None:
    begun = out.given("POST", SIGN_INS, {"strategy": "passkey"})
    assertion = out.assertion(begun, user_handle=None)
    assert refusal(out.finish(begun, assertion)) == (422, "passkey_retrieval_failed")
    assert of_passkey(out, "ada", user_handle=None).status_code == 200


def test_the_options_do_not_tell_whether_the_account_that_is_named_has_passkeys(
    out: Clerk,
) -> None:
    told = []
    for named in ("ada", "nobody"):
        begun = out.given("POST", SIGN_INS, {"strategy": "passkey", "identifier": named})
        options = json.loads(begun["first_factor_verification"]["nonce"])
        told.append({name: options[name] for name in options if name != "challenge"})
    assert told[0] == told[1] and "allowCredentials" not in told[0]


def test_the_passkey_of_a_disabled_account_is_not_called_unknown(out: Clerk) -> None:
    User.update(disabled_at=1).execute()
    assert refusal(out.sign_in_by_passkey()) == (422, "passkey_retrieval_failed")


def test_a_failed_verification_is_never_401(out: Clerk) -> None:
    begun = out.given("POST", SIGN_INS, {"strategy": "passkey", "identifier": "ada"})
    path = f"{SIGN_INS}/{begun['id']}/attempt_first_factor"
    password = {"strategy": "password", "password": "wrong"}
    assert refusal(out.ask("POST", path, password)) == (422, "form_password_incorrect")
    assertion = out.assertion(begun, signature=forged)
    assert refusal(out.finish(begun, assertion)) == (422, "passkey_retrieval_failed")
    assert refusal(out.finish(begun, assertion)) == (400, "verification_failed")
    assert refusal(out.finish(begun, {})) == (422, "form_param_missing")
    unknown = out.given("POST", SIGN_INS, {"strategy": "passkey"})
    out.person.authenticator.credentials[0].id = b"x" * 32
    assert refusal(out.finish(unknown, out.assertion(unknown))) == (422, "passkey_not_registered")
    assert signed_in_as(out) is None


@pytest.mark.parametrize(
    ("form", "code", "name"),
    [
        ({"strategy": "oauth_google"}, "form_param_value_invalid", "strategy"),
        ({"strategy": "password", "password": "x"}, "form_param_missing", "identifier"),
        ({"identifier": "a\0da"}, "form_param_format_invalid", "identifier"),
        ({"identifier": "x" * 1025}, "form_param_format_invalid", "identifier"),
        ({"identifier": "ada", "password": "x" * 5000}, "form_param_format_invalid", "password"),
        ({"identifier": "ada", "password": ""}, "form_param_missing", "password"),
    ],
)
def test_a_sign_in_that_cannot_be_begun_names_the_parameter(
    nobodys: Clerk, form: dict[str, str], code: str, name: str
) -> None:
    answer = nobodys.ask("POST", SIGN_INS, form)
    assert (*refusal(answer), parameter(answer)) == (422, code, name)


def test_a_sign_in_of_another_browser_is_unknown(app: Flask, out: Clerk) -> None:
    begun = out.given("POST", SIGN_INS, {"strategy": "passkey"})
    other = Clerk(Person(app, "ada"))
    other.given("POST", SIGN_INS, {"strategy": "passkey"})
    assert refusal(other.finish(begun, out.assertion(begun))) == (404, "resource_not_found")
    for path in ("", "/prepare_first_factor", "/attempt_first_factor"):
        method = "POST" if path else "GET"
        form = {"strategy": "passkey", "public_key_credential": "{}"}
        answer = other.ask(method, f"{SIGN_INS}/{begun['id']}{path}", form)
        assert refusal(answer) == (404, "resource_not_found")
    assert out.finish(begun, out.assertion(begun)).status_code == 200


def test_a_response_is_bound_to_the_browser_that_asked(app: Flask, out: Clerk) -> None:
    begun = out.given("POST", SIGN_INS, {"strategy": "passkey"})
    other = Clerk(Person(app, "eve"))
    others = other.given("POST", SIGN_INS, {"strategy": "passkey"})
    assert refusal(other.finish(others, out.assertion(begun))) == (400, "verification_failed")
    assert signed_in_as(other) is None


def test_a_sign_in_takes_the_place_of_the_one_before(out: Clerk) -> None:
    first, second = (out.given("POST", SIGN_INS, {"identifier": name}) for name in ("ada", "bob"))
    assert refusal(out.ask("GET", f"{SIGN_INS}/{first['id']}")) == (404, "resource_not_found")
    assert out.given("GET", f"{SIGN_INS}/{second['id']}")["identifier"] == "bob"


@pytest.mark.parametrize("factor", ["passkey", "password"])
def test_nothing_is_left_of_a_sign_in_that_is_complete(
    out: Clerk, factor: str, rows: Callable[..., list[tuple[Any, ...]]]
) -> None:
    if factor == "passkey":
        out.sign_in_by_passkey()
    else:
        form = {"strategy": "password", "identifier": "ada", "password": PASSWORD}
        out.given("POST", SIGN_INS, form)
    assert signed_in_as(out) == "ada"
    assert rows("SELECT COUNT(*) FROM sign_ins") == [(0,)]


def test_a_sign_in_lasts_an_hour(out: Clerk) -> None:
    with time_machine.travel("2026-05-05", tick=False) as clock:
        begun = out.given("POST", SIGN_INS, {"identifier": "ada"})
        clock.shift(timedelta(hours=1))
        assert refusal(out.ask("GET", f"{SIGN_INS}/{begun['id']}")) == (404, "resource_not_found")


def test_signing_in_anew_ends_the_session_that_was(adas: Clerk) -> None:
    adas.add()
    cookie = adas.person.browser.get_cookie("passline_session")
    assert adas.sign_in_by_passkey().status_code == 200
    assert cookie
    adas.person.browser.set_cookie("passline_session", cookie.value)
    assert signed_in_as(adas) is None


def test_who_cannot_sign_in_is_throttled_and_told_for_how_long(out: Clerk) -> None:
    form = {"strategy": "password", "identifier": "ada", "password": "wrong"}
    out.person.browser.delete_cookie("passline_device")  # it would have tries of its own
    for _ in range(6):
        last = out.ask("POST", SIGN_INS, form)
    assert refusal(last)[0] == 422
    last = out.ask("POST", SIGN_INS, form)
    assert refusal(last) == (429, "too_many_requests")
    assert int(last.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "path", ["/v1/me", "/v1/me/sessions", "/v1/me/sessions/active", "/v1/me/passkeys/idn_c1"]
)
def test_naming_a_session_of_somebody_else_is_401(adas: Clerk, bobs: Clerk, path: str) -> None:
    for wrong in (adas.session()["id"], "sess_cunknown", "", "sess_\0"):
        answer = bobs.ask("GET", path, query={"_clerk_session_id": wrong})
        assert refusal(answer) == (401, "session_not_found")
    twice = f"_clerk_session_id={bobs.session()['id']}&_clerk_session_id={adas.session()['id']}"
    assert refusal(bobs.person.get(f"{path}?{twice}")) == (401, "session_not_found")


def test_signing_out_ends_the_session_and_twice_is_no_error(adas: Clerk) -> None:
    answer = adas.ask("DELETE", "/v1/client/sessions")
    body = answer.json or {}
    assert (answer.status_code, body["client"], body["response"]["sessions"]) == (200, None, [])
    assert signed_in_as(adas) is None
    assert adas.ask("DELETE", "/v1/client/sessions").json == {"response": None, "client": None}


@pytest.mark.parametrize("how", ["end", "remove"])
def test_one_session_is_ended(adas: Clerk, how: str) -> None:
    session = adas.session()
    body = adas.ask("POST", f"/v1/client/sessions/{session['id']}/{how}").json or {}
    assert body["response"]["status"] == {"end": "ended", "remove": "removed"}[how]
    assert body["client"]["sessions"] == []
    assert signed_in_as(adas) is None
    assert refusal(adas.ask("POST", f"/v1/client/sessions/{session['id']}/{how}"))[0] == 401


@pytest.mark.parametrize("action", ["touch", "end", "remove", "tokens"])
def test_another_session_than_the_clients_is_unknown(adas: Clerk, bobs: Clerk, action: str) -> None:
    path = f"/v1/client/sessions/{adas.session()['id']}/{action}"
    assert refusal(bobs.ask("POST", path)) == (404, "resource_not_found")
    assert signed_in_as(adas) == "ada"


def test_sessions_elsewhere_are_listed_bare_and_revoked(
    app: Flask, adas: Clerk, bobs: Clerk
) -> None:
    elsewhere = Clerk(Person(app, "ada"))
    elsewhere.person.log_in()
    listed = adas.ask("GET", "/v1/me/sessions/active").json or []
    assert [each["id"] for each in listed] == [elsewhere.session()["id"], adas.session()["id"]]
    assert all(each["latest_activity"]["object"] == "session_activity" for each in listed)
    other, own = (f"/v1/me/sessions/{each.session()['id']}/revoke" for each in (elsewhere, adas))
    assert refusal(bobs.ask("POST", other)) == (404, "resource_not_found")
    assert refusal(adas.ask("POST", own)) == (403, "authorization_invalid")
    assert adas.given("POST", other)["status"] == "revoked"
    assert refusal(adas.ask("POST", other)) == (404, "resource_not_found")
    assert signed_in_as(elsewhere) is None


def test_a_native_client_keeps_its_token_itself_and_has_no_device(
    out: Clerk, rows: Callable[..., list[tuple[Any, ...]]]
) -> None:
    devices = rows("SELECT count(*) FROM devices")
    native = Clerk(Person(out.person.app, "ada"))
    native.person.authenticator = out.person.authenticator
    query = {"_is_native": "1"}
    begun = native.ask("POST", SIGN_INS, {"strategy": "passkey"}, query=query)
    shown = {"Authorization": begun.headers["Authorization"]}
    response = (begun.json or {})["response"]
    path = f"{SIGN_INS}/{response['id']}/attempt_first_factor"
    form = {"strategy": "passkey", "public_key_credential": json.dumps(native.assertion(response))}
    done = native.ask("POST", path, form, query=query, headers=shown)
    assert done.status_code == 200, done.text
    token = done.headers["Authorization"]
    assert token != shown["Authorization"]
    assert "Set-Cookie" not in done.headers
    assert rows("SELECT count(*) FROM devices") == devices
    kept: dict[str, Any] = {"query": query, "headers": {"Authorization": token}}
    assert native.given("GET", "/v1/me", **kept)["username"] == "ada"
    ended = native.ask("DELETE", "/v1/client/sessions", **kept)
    assert ended.headers["Authorization"] == ""
    assert native.ask("GET", "/v1/me", **kept).status_code == 401


def test_development_keeps_the_token_in_the_query(make_app: MakeApp) -> None:
    app = make_app(CLERK="development")
    Person(app, "ada").set_up()

    def adas() -> Clerk:  # in a browser that keeps no cookie
        return Clerk(Person(app, "ada"))

    begun = adas().ask("POST", "/v1/dev_browser").json or {}
    form = {"strategy": "password", "identifier": "ada", "password": PASSWORD}
    browser = {"__clerk_db_jwt": begun["id"]}
    token = adas().ask("POST", SIGN_INS, form, query=browser).headers["Clerk-Db-Jwt"]
    assert token != begun["id"]
    for name in ("__clerk_db_jwt", "__dev_session"):
        assert adas().given("GET", "/v1/me", query={name: token})["username"] == "ada"
    assert adas().ask("GET", "/v1/me", query=browser).status_code == 401
    environment = adas().ask("PATCH", "/v1/environment").json or {}
    assert environment["display_config"]["instance_environment_type"] == "development"


def test_outside_development_a_token_in_the_query_is_nothing(adas: Clerk, nobodys: Clerk) -> None:
    cookie = adas.person.browser.get_cookie("passline_session")
    assert cookie
    for name in ("__clerk_db_jwt", "__dev_session"):
        answer = nobodys.ask("GET", "/v1/me", query={name: cookie.value})
        assert refusal(answer) == (401, "authentication_invalid")
    assert refusal(nobodys.ask("POST", "/v1/dev_browser")) == (404, "resource_not_found")
    assert "Clerk-Db-Jwt" not in adas.ask("POST", SIGN_INS, {"strategy": "passkey"}).headers


def test_the_environment_says_what_this_service_has(make_app: MakeApp) -> None:
    environment = Clerk(Person(make_app(), "ada")).ask("GET", "/v1/environment").json or {}
    assert "commerce_settings" not in environment
    assert environment["auth_config"]["single_session_mode"] is True
    assert environment["user_settings"]["attributes"]["passkey"]["enabled"] is True
    assert environment["display_config"]["sign_in_url"] == "http://localhost:8000/login"
    without = Clerk(Person(make_app(PASSKEYS_ENABLED="false"), "ada"))
    environment = without.ask("GET", "/v1/environment").json or {}
    assert environment["user_settings"]["attributes"]["passkey"]["enabled"] is False
    begun = without.given("POST", SIGN_INS, {"identifier": "x"})
    assert begun["supported_first_factors"] == [{"strategy": "password"}]


@pytest.mark.parametrize("pasted", ["\u200bada", "ada\ufeff", "\u00a0ada ", "a\u2060da"], ids=ascii)
def test_an_identifier_may_be_pasted_with_what_cannot_be_seen(out: Clerk, pasted: str) -> None:
    form = {"strategy": "password", "identifier": pasted, "password": PASSWORD}
    assert out.given("POST", SIGN_INS, form)["status"] == "complete"
    assert signed_in_as(out) == "ada"
