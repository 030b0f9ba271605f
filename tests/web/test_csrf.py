"""Requests that another site made: Sec-Fetch-Site decides, Origin and Referer help.

A cookie makes no difference: without one, a sign-in is at stake.
"""

import pytest
from flask import Flask

from tests.conftest import MakeApp
from tests.edges import has
from tests.people import API, ORIGIN, PASSKEYS, PASSWORD, Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EVIL = "https://evil.example"
# (Sec-Fetch-Site, Origin, allowed)
TABLE = [
    ("same-origin", None, True),
    ("same-origin", ORIGIN, True),
    ("none", None, True),
    (None, None, True),
    (None, ORIGIN, True),
    ("cross-site", ORIGIN, True),  # one of ORIGINS on another site is a related origin
    ("same-site", ORIGIN, True),
    ("same-site", None, False),
    ("same-site", "http://localhost:9000", False),
    ("cross-site", None, False),
    ("cross-site", EVIL, False),
    (None, EVIL, False),
    (None, "null", False),
    (None, "", False),
    ("cross-site", "null", False),
    ("nonsense", None, False),
    ("", None, False),
    (None, ORIGIN + ".evil.example", False),
    (None, ORIGIN.upper(), False),
    (None, "http://localhost", False),
]
ways = pytest.mark.parametrize(("site", "origin", "allowed"), TABLE, ids=lambda each: repr(each))


def headers(site: str | None, origin: str | None) -> dict[str, str]:
    pairs = {"Sec-Fetch-Site": site, "Origin": origin}
    return {name: value for name, value in pairs.items() if value is not None}


@ways
@pytest.mark.zipline  # whose logout answers GET
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_logout_by_any_method(
    ada: Person, method: str, site: str | None, origin: str | None, allowed: bool
) -> None:
    answer = ada.browser.open("/api/auth/logout", method=method, headers=headers(site, origin))
    assert answer.status_code == (200 if allowed else 403)
    assert ada.signed_in() is not allowed


@ways
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_changes_by_any_method(
    ada: Person, method: str, site: str | None, origin: str | None, allowed: bool
) -> None:
    path = PASSKEYS if method == "POST" else f"{PASSKEYS}/x"
    answer = ada.browser.open(path, method=method, json={}, headers=headers(site, origin))
    assert answer.status_code == (400 if allowed else 403)


@ways
def test_reading_is_never_refused(
    ada: Person, site: str | None, origin: str | None, allowed: bool
) -> None:
    answer = ada.browser.get(PASSKEYS, headers=headers(site, origin))
    assert answer.status_code == 200


ADA = {"username": "ada", "password": PASSWORD}
# What a browser without any cookie might be made to send.
WITHOUT_COOKIE = {
    "sign-in by password": (f"{API}/sign-in/password", {"json": ADA}),
    "sign-in by passkey": (f"{API}/sign-in/passkey", {"json": {"response": {}}}),
    "registration": (f"{API}/registration", {"json": ADA}),
    "setup": (f"{API}/setup", {"json": ADA}),
    "sign-out": (f"{API}/sign-out", {}),
}
if has("zipline"):
    WITHOUT_COOKIE |= {
        "Zipline's sign-in": ("/api/auth/login", {"json": ADA}),
        "Zipline's sign-in by passkey": ("/api/auth/webauthn", {"json": {"response": {}}}),
        "Zipline's registration": ("/api/auth/register", {"json": ADA}),
        "Zipline's setup": ("/api/setup", {"json": ADA}),
    }
if has("clerk"):
    signing_in = {"strategy": "password", "identifier": "ada", "password": PASSWORD}
    WITHOUT_COOKIE |= {
        "Clerk's sign-in": ("/v1/client/sign_ins", {"data": signing_in}),
        "Clerk's client": ("/v1/client", {}),
        "Clerk's browser": ("/v1/dev_browser", {}),
    }


@pytest.mark.parametrize("name", WITHOUT_COOKIE)
def test_without_a_cookie_the_same_rule_holds(ada: Person, name: str) -> None:
    path, body = WITHOUT_COOKIE[name]
    status = ada.app.test_client().post(path, **body).status_code
    for site, origin, allowed in TABLE:
        answer = ada.app.test_client().post(path, headers=headers(site, origin), **body)
        assert answer.status_code == (status if allowed else 403), (site, origin)
        assert ("another site" in answer.text) is not allowed
        assert allowed or "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("referer", "allowed"),
    [
        (f"{ORIGIN}/login", True),
        (ORIGIN, True),
        (f"{EVIL}/page", False),
        (f"{EVIL}/?{ORIGIN}", False),
        (f"{ORIGIN}.evil.example/", False),
        (f"{ORIGIN}@evil.example/", False),
        ("http://localhost/login", False),
        ("about:blank", False),
        ("http://[/", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("known", [True, False], ids=["cookie", "no cookie"])
def test_where_there_is_no_origin_the_referer_decides(
    ada: Person, referer: str, allowed: bool, known: bool
) -> None:
    browser = ada.browser if known else ada.app.test_client()
    sent = {"Referer": referer}
    answer = browser.post(f"{API}/sign-in/password", json=ADA, headers=sent)
    assert answer.status_code == (200 if allowed else 403)


@pytest.mark.parametrize("more", [{"Origin": EVIL}, {"Sec-Fetch-Site": "cross-site"}], ids=str)
def test_a_referer_of_ours_excuses_no_other_header(ada: Person, more: dict[str, str]) -> None:
    sent = {"Referer": f"{ORIGIN}/login"} | more
    answer = ada.app.test_client().post(f"{API}/sign-in/password", json=ADA, headers=sent)
    assert answer.status_code == 403


@pytest.mark.zipline  # whose API tokens are among them
def test_a_client_that_sends_none_of_the_headers_works(ada: Person) -> None:
    token = {"Authorization": ada.api_token()}
    answer = ada.app.test_client().patch("/api/user", json={"view": {}}, headers=token)
    assert answer.status_code == 200


@pytest.mark.zipline
def test_an_api_token_that_another_sites_page_sends_is_refused(ada: Person) -> None:
    sent = {"Authorization": ada.api_token(), "Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    answer = ada.app.test_client().patch("/api/user", json={"view": {}}, headers=sent)
    assert answer.status_code == 403


@pytest.mark.parametrize("path", [f"{API}/sign-in/password", "/api/auth/logout"])
def test_a_preflight_is_answered_and_allows_nothing(app: Flask, path: str) -> None:
    sent = {"Origin": EVIL, "Access-Control-Request-Method": "POST"}
    answer = app.test_client().options(path, headers=sent)
    assert answer.status_code < 400 or not has("zipline")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_binding_of_a_ceremony_counts_as_a_cookie_too(ada: Person) -> None:
    ada.browser.delete_cookie("passline_session")
    ada.request_options()
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    answer = ada.post(f"{API}/sign-in/passkey", {"response": {"id": "x"}}, headers=elsewhere)
    assert answer.status_code == 403


def test_an_origin_that_is_allowed_by_cors_may_change_things(make_app: MakeApp) -> None:
    person = Person(make_app(CORS_ORIGINS="https://dash.example.org"), "ada").set_up()
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://dash.example.org"}
    assert person.post(f"{API}/sign-out", headers=elsewhere).status_code == 200


def test_a_refusal_says_why_and_changes_nothing(ada: Person) -> None:
    ada.add_passkey("Laptop")
    path = f"{PASSKEYS}/{ada.passkeys()[0]['id']}"
    answer = ada.call("PATCH", path, {"name": "eve"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert sorted(answer.json or {}) == ["error", "message"]
    assert "another site" in (answer.json or {})["message"]
    assert ada.passkeys()[0]["name"] == "Laptop"


@pytest.mark.zipline
def test_under_a_prefix_logout_by_get_is_protected_alike(make_app: MakeApp) -> None:
    person = Person(make_app(URL_PREFIX="/auth"), "ada").set_up()
    answer = person.get("/auth/api/auth/logout", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
