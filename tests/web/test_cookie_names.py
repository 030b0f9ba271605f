"""The session cookie's two names, and Secure, by what the browser's page is."""

from typing import Any

import pytest
from flask import Flask

from tests.conftest import MakeApp
from tests.edges import has
from tests.people import API, PASSKEYS, PASSWORD, Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HOST, PLAIN = "__Host-passline_session", "passline_session"
HTTPS = {"RP_ID": "example.com", "ORIGINS": "https://auth.example.com"}
# http on this machine, https for everybody else.
MIXED = {"ORIGINS": "http://localhost:8000", "RELATED_ORIGINS": "https://auth.example.com"}
BODY = {"username": "ada", "password": PASSWORD}
FORWARDED = {"X-Forwarded-Proto": "https"}


def cookies(answer: Any) -> dict[str, tuple[str, set[str]]]:
    """Return the value and the attributes of each cookie that an answer sets."""
    found = {}
    for header in answer.headers.getlist("Set-Cookie"):
        pair, *attributes = header.split("; ")
        name, _, value = pair.partition("=")
        assert name not in found
        found[name] = value, set(attributes)
    return found


def set_up(app: Flask, **options: Any) -> Any:
    founding = Person(app, "ada").founding()
    answer = app.test_client().post(f"{API}/setup", json=founding, **options)
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize(
    ("settings", "headers", "name"),
    [
        (HTTPS, {}, HOST),
        ({}, {}, PLAIN),
        ({"TRUSTED_PROXIES": "127.0.0.1"}, FORWARDED, HOST),
        (HTTPS | {"COOKIE_DOMAIN": "example.com"}, {}, PLAIN),
        (HTTPS | {"URL_PREFIX": "/auth"}, {}, PLAIN),
        (HTTPS | {"TRUSTED_PROXIES": "127.0.0.1"}, {"X-Forwarded-Prefix": "/auth"}, PLAIN),
        (HTTPS, {"X-Forwarded-Prefix": "/auth"}, HOST),
        ({}, FORWARDED, PLAIN),
    ],
    ids=str,
)
def test_the_name_says_whether_the_cookie_is_this_hosts_alone(
    make_app: MakeApp, settings: dict[str, str], headers: dict[str, str], name: str
) -> None:
    given = cookies(set_up(make_app(**settings), headers=headers))
    assert given.keys() == {name, "passline_device"}
    _, attributes = given[name]
    if name == HOST:
        assert {"Secure", "Path=/"} <= attributes
        assert not [each for each in attributes if each.startswith("Domain")]


def ask(app: Flask, path: str, sent: dict[str, str], body: Any = None) -> Any:
    """Make a request with these cookies."""
    header = "; ".join(f"{name}={value}" for name, value in sent.items())
    method = "GET" if body is None else "POST"
    client = app.test_client(use_cookies=False)
    return client.open(path, method=method, json=body, headers={"Cookie": header})


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app(**HTTPS)


@pytest.fixture
def token(app: Flask) -> str:
    """A session's token."""
    return cookies(set_up(app))[HOST][0]


@pytest.mark.parametrize("name", [HOST, PLAIN])
def test_both_names_are_read(app: Flask, token: str, name: str) -> None:
    answer = ask(app, PASSKEYS, {name: token})
    assert (answer.status_code, cookies(answer)) == (200, {})


@pytest.mark.parametrize("name", [HOST, PLAIN])
def test_of_either_name_a_session_that_ended_is_told_from_none(
    app: Flask, token: str, name: str
) -> None:
    assert (ask(app, PASSKEYS, {name: "x" * 43}).json or {})["error"] == "session_invalid"
    assert (ask(app, PASSKEYS, {}).json or {})["error"] == "not_signed_in"


@pytest.mark.parametrize("order", [1, -1])
def test_a_session_that_another_host_of_the_domain_plants_does_not_win(
    app: Flask, token: str, order: int
) -> None:
    bob = Person(app, "bob").added_by_hand().browser.get_cookie(HOST)
    assert bob
    both = dict([(HOST, token), (PLAIN, bob.value)][::order])
    assert (ask(app, PASSKEYS, both).json or {})["user"]["username"] == "ada"


SIGN_IN = [(f"{API}/sign-in/password", BODY)]
SIGN_OUT = [(f"{API}/sign-out", {})]
if has("zipline"):
    SIGN_IN += [("/api/auth/login", BODY)]
    SIGN_OUT += [("/api/auth/logout", {})]
if has("clerk"):
    SIGN_IN += [("/v1/client/sign_ins", {"identifier": "ada", "password": PASSWORD})]
    SIGN_OUT += [("/v1/client/sessions?_method=DELETE", {})]


@pytest.mark.parametrize(("path", "body"), SIGN_IN)
def test_a_sign_in_ends_and_deletes_the_session_of_the_other_name(
    app: Flask, token: str, path: str, body: Any
) -> None:
    set_by = cookies(ask(app, path, {PLAIN: token}, body))
    assert set_by[HOST][0]
    assert set_by[PLAIN][0] == ""
    assert "Max-Age=0" in set_by[PLAIN][1]
    assert ask(app, PASSKEYS, {PLAIN: token}).status_code == 401
    assert ask(app, PASSKEYS, {HOST: set_by[HOST][0]}).status_code == 200


@pytest.mark.parametrize(("path", "body"), SIGN_OUT)
def test_a_sign_out_ends_and_deletes_both(app: Flask, token: str, path: str, body: Any) -> None:
    set_by = cookies(ask(app, path, {PLAIN: token}, body))
    for name in (HOST, PLAIN):
        assert set_by[name][0] == ""
        assert "Max-Age=0" in set_by[name][1]
    assert ask(app, PASSKEYS, {PLAIN: token}).status_code == 401


def test_below_a_prefix_the_host_s_cookie_is_deleted_where_browsers_have_it(
    make_app: MakeApp,
) -> None:
    app = make_app(**HTTPS, URL_PREFIX="/auth")
    set_up(app)
    set_by = cookies(ask(app, f"{API}/sign-in/password", {HOST: "x" * 43}, BODY))
    assert "Path=/auth" in set_by[PLAIN][1]
    assert {"Path=/", "Secure", "Max-Age=0"} <= set_by[HOST][1]


@pytest.mark.parametrize("trusted", ["", "127.0.0.1"])
@pytest.mark.parametrize(
    ("host", "scheme", "secure"),
    [
        ("auth.example.com", "https", True),
        ("localhost:8000", "http", False),
        ("LOCALHOST:8000", "http", False),
        ("localhost", "http", True),
        ("localhost:8000.auth.example.com", "https", True),
    ],
)
def test_where_origins_are_mixed_the_page_s_own_decides(
    make_app: MakeApp, trusted: str, host: str, scheme: str, secure: bool
) -> None:
    app = make_app(**MIXED, TRUSTED_PROXIES=trusted)
    headers = {"Host": host, "X-Forwarded-Proto": scheme}
    answer = set_up(app, headers=headers)
    assert (HOST in cookies(answer)) is secure
    assert ("Strict-Transport-Security" in answer.headers) is secure
    begun = cookies(app.test_client().get(f"{API}/sign-in/options", headers=headers))
    assert ("Secure" in begun["passline_ceremony"][1]) is secure


def test_a_trusted_proxy_s_https_counts_on_a_host_of_http(make_app: MakeApp) -> None:
    app = make_app(**MIXED, TRUSTED_PROXIES="127.0.0.1")
    assert HOST in cookies(set_up(app, headers={"Host": "localhost:8000"} | FORWARDED))


def test_where_every_origin_is_http_no_host_makes_a_cookie_secure(make_app: MakeApp) -> None:
    # As when somebody opens http://127.0.0.1:8000, where browsers would drop it.
    assert PLAIN in cookies(set_up(make_app(), headers={"Host": "127.0.0.1:8000"}))


def test_android_apps_alone_are_served_on_https(make_app: MakeApp) -> None:
    app = make_app(RP_ID="example.com", ORIGINS="android:apk-key-hash:abc")
    assert HOST in cookies(set_up(app))


@pytest.mark.clerk
def test_clerks_routes_name_the_rp_id_s_origin_where_only_android_apps_are_configured(
    make_app: MakeApp,
) -> None:
    from tests.clerk.client import Clerk

    app = make_app(RP_ID="example.com", ORIGINS="android:apk-key-hash:abc", URL_PREFIX="/auth")
    adas = Clerk(Person(app, "ada").set_up())
    cookie = adas.person.browser.get_cookie(PLAIN, path="/auth")
    assert cookie
    adas.person.browser.set_cookie(PLAIN, cookie.value)
    display = (adas.ask("GET", "/v1/environment").json or {})["display_config"]
    assert display["sign_in_url"] == "https://example.com/auth/login"
    path = f"/v1/client/sessions/{adas.session()['id']}/tokens"
    assert adas.ask("POST", path).status_code == 200
