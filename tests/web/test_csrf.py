"""Requests that another site made: Sec-Fetch-Site decides, and Origin helps.

Without a cookie nothing is at stake.
"""

import pytest

from tests.conftest import MakeApp
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


@ways
def test_without_a_cookie_nothing_is_refused(
    ada: Person, site: str | None, origin: str | None, allowed: bool
) -> None:
    body = {"username": "ada", "password": PASSWORD}
    sent = headers(site, origin)
    answer = ada.app.test_client().post(f"{API}/sign-in/password", json=body, headers=sent)
    assert answer.status_code == 200


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
