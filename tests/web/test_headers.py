"""The headers of every kind of answer: security, caching, HSTS and CORS.

CORS is for configured origins alone.
"""

from typing import Any

import pytest

from app.errors import Throttled
from tests.conftest import MakeApp
from tests.people import Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DASH = "https://dash.example.org"
KINDS = {
    "page": ("GET", "/login", 200),
    "redirect": ("GET", "/passkeys", 302),
    "api": ("GET", "/healthz", 200),
    "refusal": ("GET", "/account/api/passkeys", 401),
    "unknown page": ("GET", "/nothing", 404),
    "unknown route": ("GET", "/account/api/nothing", 404),
    "wrong method": ("PUT", "/account/api/passkeys", 405),
    "schema failure": ("POST", "/account/api/sign-in/password", 400),
    "static": ("GET", "/static/css/passline.css", 200),
    "unknown static": ("GET", "/static/nothing.css", 404),
    "options": ("OPTIONS", "/account/api/passkeys", 200),
    "failure": ("GET", "/fail", 500),
    "api failure": ("GET", "/account/api/fail", 500),
    "too many": ("GET", "/account/api/many", 429),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def ask(app: Any, kind: str, **headers: str) -> Any:
    def fail() -> None:
        raise RuntimeError

    def many() -> None:
        raise Throttled(5)

    app.add_url_rule("/fail", "fail", fail)
    app.add_url_rule("/account/api/fail", "api_fail", fail)
    app.add_url_rule("/account/api/many", "many", many)
    Person(app, "ada").set_up()
    method, path, status = KINDS[kind]
    body = {"json": {}} if method == "POST" else {}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = app.test_client().open(path, method=method, headers=names, buffered=True, **body)
    if method in ("PUT", "POST") and "Origin" in names:
        status = status if app.extensions["passline"].settings.cors_origins else 403
    assert answer.status_code == status
    return answer


@every_kind
def test_every_answer_has_each_security_header_once(app: Any, kind: str) -> None:
    headers = ask(app, kind).headers
    for name, value in {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }.items():
        assert headers.getlist(name) == [value]
    [policy] = headers.getlist("Permissions-Policy")
    assert "publickey-credentials-create=(self), publickey-credentials-get=(self)" in policy


@every_kind
def test_every_answer_has_a_content_security_policy_without_unsafe_words(
    app: Any, kind: str
) -> None:
    [policy] = ask(app, kind).headers.getlist("Content-Security-Policy")
    directives = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert (directives["default-src"], directives["script-src"]) == ("'none'", "'self'")
    assert (directives["frame-ancestors"], directives["base-uri"]) == ("'none'", "'none'")
    assert "unsafe" not in policy


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "static" not in kind])
def test_nothing_but_static_files_is_kept_by_caches(app: Any, kind: str) -> None:
    assert ask(app, kind).headers.getlist("Cache-Control") == ["no-store"]


def test_static_files_are_revalidated(app: Any) -> None:
    first = ask(app, "static")
    assert "no-store" not in first.headers["Cache-Control"]
    known = {"If-None-Match": first.headers["ETag"]}
    again = app.test_client().get(KINDS["static"][1], headers=known, buffered=True)
    assert again.status_code == 304


@every_kind
def test_on_http_there_is_no_hsts(app: Any, kind: str) -> None:
    assert "Strict-Transport-Security" not in ask(app, kind).headers


@every_kind
def test_on_https_every_answer_has_hsts(make_app: MakeApp, kind: str) -> None:
    app = make_app(RP_ID="example.com", ORIGINS="https://auth.example.com")
    [value] = ask(app, kind).headers.getlist("Strict-Transport-Security")
    assert int(value.partition("max-age=")[2]) >= 31536000


@every_kind
def test_without_the_setting_no_answer_allows_another_origin(app: Any, kind: str) -> None:
    headers = ask(app, kind, Origin=DASH).headers
    assert not [name for name in headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118


@every_kind
def test_a_configured_origin_may_read_every_answer(make_app: MakeApp, kind: str) -> None:
    headers = ask(make_app(CORS_ORIGINS=DASH), kind, Origin=DASH).headers
    assert headers.getlist("Access-Control-Allow-Origin") == [DASH]
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in headers["Vary"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "*",
        "",
        f"{DASH}.evil.example",
        f"{DASH}/",
        f"http{DASH[5:]}",
    ],
)
def test_any_other_origin_may_not(make_app: MakeApp, origin: str) -> None:
    headers = ask(make_app(CORS_ORIGINS=DASH), "api", Origin=origin).headers
    assert "Access-Control-Allow-Origin" not in headers
    assert "Origin" in headers["Vary"]


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_preflight_allows_the_methods_and_headers_that_clients_need(
    make_app: MakeApp, method: str
) -> None:
    app = make_app(CORS_ORIGINS=f"https://other.example.org,{DASH}")
    headers = ask(app, "options", Origin=DASH, Access_Control_Request_Method=method).headers
    assert headers["Access-Control-Allow-Origin"] == DASH
    assert method in headers["Access-Control-Allow-Methods"].split(", ")
    assert headers["Access-Control-Allow-Headers"] == "Content-Type, Authorization"


def test_a_preflight_of_another_origin_allows_nothing(make_app: MakeApp) -> None:
    headers = ask(make_app(CORS_ORIGINS=DASH), "options", Origin="https://evil.example").headers
    assert not [name for name in headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118


def test_a_site_that_may_embed_this_one_is_named_in_its_headers(make_app: MakeApp) -> None:
    headers = ask(make_app(TOP_ORIGINS="https://portal.example.org"), "page").headers
    assert "frame-ancestors https://portal.example.org" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers
