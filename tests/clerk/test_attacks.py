"""What nobody may do with ids, credentials, forms and requests that are not theirs."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests import live
from tests.clerk.client import FORM, PASSKEYS, Clerk, parameter, refusal
from tests.conftest import MakeApp
from tests.parallel import in_parallel
from tests.people import ORIGIN, PASSWORD, Person


def said(answer: TestResponse) -> tuple[int, list[dict[str, Any]]]:
    """Return what a refusal says, except for the id of its trace."""
    body = answer.json or {}
    assert set(body) == {"errors", "clerk_trace_id"}
    return answer.status_code, body["errors"]


@pytest.mark.parametrize("unfinished", [False, True])
def test_another_users_passkey_is_as_unknown_as_none_in_every_operation(
    adas: Clerk, bobs: Clerk, unfinished: bool
) -> None:
    passkey = adas.begin() if unfinished else adas.add()
    before = adas.given("GET", f"{PASSKEYS}/{passkey['id']}")
    own = bobs.begin()
    credential = bobs.credential(own)
    form = {"strategy": "passkey", "name": "Stolen"}
    form["public_key_credential"] = json.dumps(credential)
    methods = {"GET": "", "PATCH": "", "DELETE": "", "POST": "/attempt_verification"}
    for method, rest in methods.items():
        others = bobs.ask(method, f"{PASSKEYS}/{passkey['id']}{rest}", form)
        nobodys = bobs.ask(method, f"{PASSKEYS}/idn_{'c' * 25}{rest}", form)
        assert said(others) == said(nobodys)
        assert others.status_code == 404
    assert adas.given("GET", f"{PASSKEYS}/{passkey['id']}") == before
    # Nothing was burnt.
    assert bobs.attempt(own, credential).status_code == 200


def test_a_session_id_of_somebody_else_gives_nothing_in_any_operation(
    adas: Clerk, bobs: Clerk
) -> None:
    passkey = bobs.add()
    query = {"_clerk_session_id": adas.session()["id"]}
    one = f"{PASSKEYS}/{passkey['id']}"
    operations = [("POST", PASSKEYS), ("GET", one), ("PATCH", one), ("DELETE", one)]
    for method, path in [*operations, ("POST", f"{one}/attempt_verification")]:
        form = {"strategy": "passkey", "public_key_credential": "{}"}
        assert refusal(bobs.ask(method, path, form, query=query)) == (401, "session_not_found")
    assert bobs.listed() == [passkey]
    assert adas.listed() == []


def test_a_credential_for_another_enrolment_is_refused_and_burns_neither(adas: Clerk) -> None:
    first, second = adas.begin(), adas.begin()
    credential = adas.credential(first)
    assert refusal(adas.attempt(second, credential)) == (400, "verification_failed")
    assert adas.attempt(first, credential).status_code == 200
    assert adas.attempt(second, adas.credential(second)).status_code == 200


def test_a_credential_for_another_user_is_refused(adas: Clerk, bobs: Clerk) -> None:
    theirs, own = adas.begin(), bobs.begin()
    credential = bobs.credential(theirs)
    assert refusal(bobs.attempt(own, credential)) == (400, "verification_failed")
    assert adas.attempt(theirs, adas.credential(theirs)).status_code == 200
    assert bobs.listed() == []


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"rp_id": "evil.example"}, (422, "passkey_registration_failed")),
        ({"origin": "https://evil.example"}, (422, "passkey_registration_failed")),
        ({"client_data": {"challenge": "A" * 43}}, (400, "verification_failed")),
        ({"client_data": {"type": "webauthn.get"}}, (422, "passkey_registration_failed")),
        ({"flags": lambda flags: flags & ~0x04}, (422, "passkey_registration_failed")),
        ({"client_data": {"crossOrigin": True}}, (422, "passkey_registration_failed")),
    ],
    ids=["RP", "origin", "challenge", "type", "user verification", "frame"],
)
def test_a_credential_for_something_else_is_refused(
    adas: Clerk, changes: dict[str, Any], refused: tuple[int, str]
) -> None:
    begun = adas.begin()
    assert refusal(adas.attempt(begun, adas.credential(begun, **changes))) == refused
    assert adas.listed() == []


def test_a_challenge_of_a_sign_in_adds_no_passkey_and_one_of_a_passkey_signs_nobody_in(
    adas: Clerk,
) -> None:
    adas.add()
    begun = adas.begin()
    sign_in = adas.given("POST", "/v1/client/sign_ins", {"strategy": "passkey"})
    challenge = json.loads(sign_in["first_factor_verification"]["nonce"])["challenge"]
    swapped = adas.credential(begun, client_data={"challenge": challenge})
    assert refusal(adas.attempt(begun, swapped)) == (400, "verification_failed")
    challenge = json.loads(begun["verification"]["nonce"])["challenge"]
    assertion = adas.assertion(sign_in, client_data={"challenge": challenge})
    assert refusal(adas.finish(sign_in, assertion)) == (400, "verification_failed")


def test_the_same_verification_in_many_threads_at_once_succeeds_once(
    app: Flask, adas: Clerk
) -> None:
    begun = adas.begin()
    credential = adas.credential(begun)
    cookie = adas.person.browser.get_cookie("passline_session")
    assert cookie

    def attempt(_: int) -> int:
        person = Person(app, "ada")
        person.browser.set_cookie("passline_session", cookie.value)
        return Clerk(person).attempt(begun, credential).status_code

    # Some come after the session has got its new token.
    statuses = Counter(in_parallel(attempt, range(8)))
    assert statuses[200] == 1
    assert statuses[200] + statuses[400] + statuses[401] == 8
    assert adas.person.log_in().status_code == 200
    assert len(adas.listed()) == 1


@pytest.mark.slow
def test_the_same_verification_in_many_processes_at_once_succeeds_once(
    database_url: str, tmp_path: Path
) -> None:
    with live.server(tmp_path / "data", workers=3, DATABASE_URL=database_url) as port:
        ada = live.Client(port)
        account = {"username": "ada", "password": PASSWORD}
        assert ada.call("POST", "/account/api/setup", account).status == 200
        begun = ada.call("POST", PASSKEYS, {}).body["response"]
        options = json.loads(begun["verification"]["nonce"])
        credential = ada.authenticator.create(options, origin=f"http://localhost:{port}")
        body = {"strategy": "passkey", "public_key_credential": json.dumps(credential)}
        path = f"{PASSKEYS}/{begun['id']}/attempt_verification"

        def attempt(_: int) -> int:
            other = live.Client(port)
            other.cookies = dict(ada.cookies)
            return int(other.call("POST", path, body).status)

        statuses = Counter(in_parallel(attempt, range(16)))
        assert statuses[200] == 1
        assert statuses[200] + statuses[400] + statuses[401] == 16
        assert ada.call("POST", "/account/api/sign-in/password", account).status == 200
        assert len(ada.call("GET", "/account/api/passkeys").body["passkeys"]) == 1


def test_a_hundred_unfinished_passkeys_are_bounded_and_the_oldest_go(
    adas: Clerk, bobs: Clerk, rows: Callable[..., list[tuple[Any, ...]]]
) -> None:
    kept = bobs.begin()
    begun = [adas.begin() for _ in range(100)]
    assert rows("SELECT COUNT(*) FROM enrolments") == [(11,)]
    assert rows("SELECT COUNT(*) FROM challenges") == [(11,)]
    assert refusal(adas.ask("GET", f"{PASSKEYS}/{begun[0]['id']}")) == (404, "resource_not_found")
    for each in (begun[0], begun[-11]):
        assert refusal(adas.attempt(each, adas.credential(each))) == (404, "resource_not_found")
    for each in (begun[-10], begun[-1]):
        assert adas.attempt(each, adas.credential(each)).status_code == 200
    assert bobs.given("GET", f"{PASSKEYS}/{kept['id']}") == kept
    assert len(adas.listed()) == len(adas.person.passkeys()) == 2


@pytest.mark.parametrize("repeated", ["strategy", "public_key_credential"])
def test_a_repeated_form_field_is_refused(adas: Clerk, repeated: str) -> None:
    begun = adas.begin()
    credential = adas.credential(begun)
    fields = {"strategy": "passkey", "public_key_credential": json.dumps(credential)}
    body = urlencode([*fields.items(), (repeated, "x")])
    path = f"{PASSKEYS}/{begun['id']}/attempt_verification"
    answer = adas.ask("POST", path, data=body, content_type=FORM)
    assert (*refusal(answer), parameter(answer)) == (422, "form_param_format_invalid", repeated)
    assert adas.attempt(begun, credential).status_code == 200


def test_a_name_that_is_given_twice_is_refused(adas: Clerk) -> None:
    passkey = adas.add()
    path = f"{PASSKEYS}/{passkey['id']}"
    answer = adas.ask("PATCH", path, data="name=a&name=b", content_type=FORM)
    assert (answer.status_code, parameter(answer)) == (422, "name")
    assert adas.listed() == [passkey]


STRATEGY, CREDENTIAL = {"strategy": "passkey"}, {"public_key_credential": "{}"}
MISSING, VALUE = "form_param_missing", "form_param_value_invalid"
FORMAT = "form_param_format_invalid"


@pytest.mark.parametrize(
    ("fields", "code", "name"),
    [
        (CREDENTIAL, MISSING, "strategy"),
        (STRATEGY, MISSING, "public_key_credential"),
        (CREDENTIAL | {"strategy": "password"}, VALUE, "strategy"),
        (CREDENTIAL | {"strategy": ""}, VALUE, "strategy"),
        (CREDENTIAL | {"strategy": None}, FORMAT, "strategy"),
        (CREDENTIAL | {"strategy": 1}, FORMAT, "strategy"),
        (CREDENTIAL | {"strategy": ["passkey"]}, FORMAT, "strategy"),
        (STRATEGY | {"public_key_credential": {}}, FORMAT, "public_key_credential"),
        (STRATEGY | {"public_key_credential": None}, FORMAT, "public_key_credential"),
        (STRATEGY | {"public_key_credential": "{"}, FORMAT, "public_key_credential"),
        (STRATEGY | {"public_key_credential": ""}, FORMAT, "public_key_credential"),
        (STRATEGY | {"public_key_credential": "NaN"}, FORMAT, "public_key_credential"),
    ],
)
def test_a_field_that_is_missing_or_of_the_wrong_kind_is_named(
    adas: Clerk, fields: dict[str, Any], code: str, name: str
) -> None:
    begun = adas.begin()
    answer = adas.ask("POST", f"{PASSKEYS}/{begun['id']}/attempt_verification", json=fields)
    assert (*refusal(answer), parameter(answer)) == (422, code, name)
    assert adas.given("GET", f"{PASSKEYS}/{begun['id']}") == begun


@pytest.mark.parametrize(
    "text",
    ["null", "5", '"x"', "[]", "{}", '{"response": 5}', '{"id": {"a": 1}}', "[" * 900 + "]" * 900],
)
def test_a_credential_that_says_nothing_does_not_verify(adas: Clerk, text: str) -> None:
    begun = adas.begin()
    fields = {"strategy": "passkey", "public_key_credential": text}
    answer = adas.ask("POST", f"{PASSKEYS}/{begun['id']}/attempt_verification", fields)
    assert refusal(answer) == (422, "passkey_registration_failed")
    sign_in = adas.given("POST", "/v1/client/sign_ins", {"strategy": "passkey"})
    answer = adas.ask("POST", f"/v1/client/sign_ins/{sign_in['id']}/attempt_first_factor", fields)
    assert answer.status_code == 422


@pytest.mark.parametrize("name", [5, ["a"], {"a": 1}, True])
def test_a_name_of_the_wrong_type_is_refused(adas: Clerk, name: Any) -> None:
    passkey = adas.add()
    answer = adas.ask("PATCH", f"{PASSKEYS}/{passkey['id']}", json={"name": name})
    assert (*refusal(answer), parameter(answer)) == (422, "form_param_format_invalid", "name")


@pytest.mark.parametrize(
    "body", [b"\xff", b"name=%ff", b"&".join(b"a%d=1" % number for number in range(60))]
)
def test_a_form_that_cannot_be_read(adas: Clerk, body: bytes) -> None:
    passkey = adas.begin()
    path = f"{PASSKEYS}/{passkey['id']}"
    attempt = adas.ask("POST", f"{path}/attempt_verification", data=body, content_type=FORM)
    assert refusal(attempt) == (400, "malformed_request_parameters")
    assert refusal(adas.ask("PATCH", path, data=body, content_type=FORM))[0] == 422
    assert adas.given("GET", path) == passkey


ELSEWHERE = [
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://sub.localhost", "Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": ""},
]


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_a_form_that_another_site_posts_is_refused(
    adas: Clerk, nobodys: Clerk, headers: dict[str, str]
) -> None:
    passkey = adas.add()
    one = f"{PASSKEYS}/{passkey['id']}"
    signing_in = {"strategy": "password", "identifier": "ada", "password": PASSWORD}
    for method, path, form in [
        ("POST", PASSKEYS, {}),
        ("PATCH", one, {"name": "x"}),
        ("DELETE", one, {}),
        ("POST", f"{one}/attempt_verification", {}),
        ("DELETE", "/v1/client/sessions", {}),
        ("POST", "/v1/client/sign_ins", signing_in),
    ]:
        assert refusal(adas.ask(method, path, form, headers=headers)) == (403, "origin_invalid")
    # Without a cookie, too: it would sign the visitor in as somebody else.
    answer = nobodys.ask("POST", "/v1/client/sign_ins", signing_in, headers=headers)
    assert refusal(answer) == (403, "origin_invalid")
    assert adas.listed() == [passkey]


def test_a_configured_origin_may_ask_and_read_and_no_other(make_app: MakeApp) -> None:
    site = "https://app.example.com"
    adas = Clerk(Person(make_app(CORS_ORIGINS=site), "ada").set_up())
    headers = {"Origin": site, "Sec-Fetch-Site": "cross-site"}
    answer = adas.ask("POST", PASSKEYS, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == site
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    # A refusal allows it too, or the SDK could not say what is wrong.
    refused = adas.ask("GET", f"{PASSKEYS}/idn_c1", headers=headers)
    assert refused.headers["Access-Control-Allow-Origin"] == site
    for origin in ("https://evil.example", "null", ORIGIN, "https://app.example.com.evil.example"):
        answer = adas.ask("GET", "/v1/client", headers=headers | {"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_session_s_token_shown_by_a_native_client_cannot_be_fixed_beforehand(
    app: Flask, adas: Clerk
) -> None:
    chosen = "a" * 43
    eves = Clerk(Person(app, "ada"))
    options: dict[str, Any] = {"query": {"_is_native": "1"}, "headers": {"Authorization": chosen}}
    form = {"strategy": "password", "identifier": "ada", "password": PASSWORD}
    done = eves.ask("POST", "/v1/client/sign_ins", form, **options)
    assert done.status_code == 200
    assert done.headers["Authorization"] != chosen
    assert refusal(eves.ask("GET", "/v1/me", **options)) == (401, "session_not_found")
