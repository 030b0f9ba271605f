"""Service through a reverse proxy, and under a prefix: which headers are believed."""

from typing import Any

import pytest
from flask import Flask, request

from tests.conftest import MakeApp
from tests.people import PASSWORD, Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PROXY = "10.0.0.1"


def seen(app: Flask, peer: str = PROXY, **forwarded: str) -> dict[str, Any]:
    """Return what the app makes of a request by `peer`.

    `forwarded` are the For, Proto, Host and Prefix that its headers claim.
    """

    def tell() -> dict[str, Any]:
        return {
            "address": request.remote_addr,
            "scheme": request.scheme,
            "host": request.host,
            "prefix": request.script_root,
        }

    app.add_url_rule("/tell", view_func=tell)
    headers = {f"X-Forwarded-{name}": value for name, value in forwarded.items()}
    overrides = {"REMOTE_ADDR": peer}
    answer = app.test_client().get("/tell", headers=headers, environ_overrides=overrides)
    return dict(answer.json or {})


EVERYTHING = {"For": "203.0.113.9", "Proto": "https", "Host": "auth.example.com", "Prefix": "/auth"}
BELIEVED = {
    "address": "203.0.113.9",
    "scheme": "https",
    "host": "auth.example.com",
    "prefix": "/auth",
}
UNTOUCHED = {"scheme": "http", "host": "localhost", "prefix": ""}


@pytest.mark.parametrize("peer", [PROXY, "127.0.0.1", "::1", ""])
def test_by_default_nobody_is_believed(make_app: MakeApp, peer: str) -> None:
    assert seen(make_app(), peer, **EVERYTHING) == {"address": peer, **UNTOUCHED}


def test_who_is_not_listed_is_not_believed(make_app: MakeApp) -> None:
    app = make_app(TRUSTED_PROXIES="10.0.0.0/8")
    assert seen(app, "192.0.2.1", **EVERYTHING) == {"address": "192.0.2.1", **UNTOUCHED}


@pytest.mark.parametrize(
    ("trusted", "peer"),
    [
        ("10.0.0.1", PROXY),
        ("192.0.2.7,10.0.0.0/8", PROXY),
        ("10.0.0.1", "::ffff:10.0.0.1"),
        ("fd00::/8", "fd00::1"),
        ("unix", ""),
    ],
    ids=["address", "network", "IPv4-mapped", "IPv6", "unix socket"],
)
def test_a_listed_proxy_is_believed(make_app: MakeApp, trusted: str, peer: str) -> None:
    assert seen(make_app(TRUSTED_PROXIES=trusted), peer, **EVERYTHING) == BELIEVED


@pytest.mark.parametrize(
    ("trusted", "peer"),
    [
        ("unix", "127.0.0.1"),
        ("127.0.0.1", ""),
        ("10.0.0.1", "nonsense"),
        ("10.0.0.1", "::ffff:10.0.0.2"),
    ],
)
def test_a_peer_of_another_kind_is_not_believed(make_app: MakeApp, trusted: str, peer: str) -> None:
    told = seen(make_app(TRUSTED_PROXIES=trusted), peer, **EVERYTHING)
    assert told == {"address": peer, **UNTOUCHED}


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.2, 10.0.0.3", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("203.0.113.9,10.0.0.2", "203.0.113.9"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("6.6.6.6, nonsense, 10.0.0.2", "10.0.0.2"),
        ("6.6.6.6, , 10.0.0.2", "10.0.0.2"),
        ("", PROXY),
        (" , ", PROXY),
        ("2001:db8::1, ::ffff:10.0.0.2", "2001:db8::1"),
        ("203.0.113.9:51234", "203.0.113.9"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("6.6.6.6:1, 203.0.113.9:51234, 10.0.0.2:443, [::ffff:10.0.0.3]:443", "203.0.113.9"),
        ("203.0.113.9:51234:1, 10.0.0.2", "10.0.0.2"),
    ],
)
def test_the_address_is_the_first_from_the_right_that_is_no_trusted_hop(
    make_app: MakeApp, chain: str, address: str
) -> None:
    assert seen(make_app(TRUSTED_PROXIES="10.0.0.0/8"), For=chain)["address"] == address


ODD = ["nonsense", "unknown", "unix:", "203.0.113.9:port", "[2001:db8::7", "1.2.3", ",", "a\x00"]


@pytest.mark.parametrize("entry", ODD[:-1])
def test_behind_a_hop_that_sends_no_address_that_hop_is_the_client_and_the_log_tells(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str], entry: str
) -> None:
    told = seen(make_app(TRUSTED_PROXIES="10.0.0.0/8"), For=f"6.6.6.6, {entry}, 10.0.0.2")
    assert told["address"] == "10.0.0.2"
    assert "WARNING a trusted proxy forwards no address cause=" in capsys.readouterr().err


@pytest.mark.parametrize("entry", [each for each in ODD if each != ","])
@pytest.mark.parametrize("chain", ["{}", "6.6.6.6, {}", "6.6.6.6, {}, 10.0.0.1"])
def test_a_proxy_that_sends_no_address_does_not_become_the_client(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str], chain: str, entry: str
) -> None:
    refused(make_app(TRUSTED_PROXIES=PROXY), {"X-Forwarded-For": chain.format(entry)})
    assert "refused: malformed_request" in (log := capsys.readouterr().err)
    assert "X-Forwarded-For" in log


def refused(app: Flask, headers: dict[str, str], peer: str = PROXY) -> None:
    """Assert that a request is refused, as a page and by every API."""
    for path in ("/login", "/nothing", "/healthz", "/account/api/passkeys", "/api/user"):
        client = app.test_client()
        answer = client.get(path, headers=headers, environ_overrides={"REMOTE_ADDR": peer})
        assert answer.status_code == 400, path
        assert "headers that cannot be believed" in answer.text
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


LISTS = [
    ("Proto", "https, http"),
    ("Proto", "https,https"),
    ("Host", "a.example, b.example"),
    ("Host", "a.example,a.example"),
    ("Host", ","),
]


@pytest.mark.parametrize(("name", "value"), LISTS)
def test_a_scheme_or_host_that_is_a_list_is_refused(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    refused(make_app(TRUSTED_PROXIES=PROXY), {f"X-Forwarded-{name}": value})
    assert f"X-Forwarded-{name}" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "value"), [*LISTS, ("For", "nonsense")])
def test_what_a_stranger_forwards_is_not_even_refused(
    make_app: MakeApp, name: str, value: str
) -> None:
    told = seen(make_app(TRUSTED_PROXIES=PROXY), "192.0.2.1", **{name: value})
    assert told == {"address": "192.0.2.1", **UNTOUCHED}


@pytest.mark.parametrize("proto", ["ftp", "javascript", "", "https "])
def test_a_scheme_that_is_unknown_is_not_believed(make_app: MakeApp, proto: str) -> None:
    expected = "https" if proto.strip() == "https" else "http"
    assert seen(make_app(TRUSTED_PROXIES=PROXY), Proto=proto)["scheme"] == expected


def test_a_host_that_is_empty_is_not_believed(make_app: MakeApp) -> None:
    assert seen(make_app(TRUSTED_PROXIES=PROXY), Host="")["host"] == "localhost"


@pytest.mark.parametrize("peer", [PROXY, "192.0.2.1"])
def test_neither_a_forwarded_port_nor_the_forwarded_header_is_used(
    make_app: MakeApp, peer: str
) -> None:
    app = make_app(TRUSTED_PROXIES=PROXY)
    app.add_url_rule("/url", view_func=lambda: {"url": request.url, "from": request.remote_addr})
    headers = {"X-Forwarded-Port": "9", "Forwarded": "for=1.2.3.4;proto=https;host=a.example"}
    overrides = {"REMOTE_ADDR": peer}
    answer = app.test_client().get("/url", headers=headers, environ_overrides=overrides)
    assert answer.json == {"url": "http://localhost/url", "from": peer}


def test_nothing_that_a_stranger_forwards_reaches_the_app(make_app: MakeApp) -> None:
    app = make_app(TRUSTED_PROXIES=PROXY)
    app.add_url_rule("/names", view_func=lambda: [name for name, _ in request.headers])
    headers = {f"X-Forwarded-{name}": value for name, value in EVERYTHING.items()}
    headers |= {"Forwarded": "for=1.2.3.4", "X-Forwarded-Ssl": "on"}
    answer = app.test_client().get("/names", headers=headers)
    assert not [name for name in answer.json or [] if "Forwarded" in name]


@pytest.mark.parametrize(
    "prefix",
    ["auth", "//evil.example", "/a,/b", "/a b", "/a\\b", "/a?b", "/<script>", "/", "", "/.."],
)
def test_a_prefix_that_is_no_path_is_not_believed(make_app: MakeApp, prefix: str) -> None:
    assert seen(make_app(TRUSTED_PROXIES=PROXY), Prefix=prefix)["prefix"] == ""


def test_a_prefix_by_setting_wins_over_a_forwarded_one(make_app: MakeApp) -> None:
    app = make_app(TRUSTED_PROXIES=PROXY, URL_PREFIX="/sso")
    assert seen(app, Prefix="/other")["prefix"] == "/sso"


@pytest.mark.parametrize("passed_on", [True, False], ids=["passed on", "stripped"])
@pytest.mark.parametrize("by_setting", [True, False], ids=["setting", "header"])
def test_everything_works_under_a_prefix(
    make_app: MakeApp, by_setting: bool, passed_on: bool
) -> None:
    app = make_app(URL_PREFIX="/auth") if by_setting else make_app(TRUSTED_PROXIES=PROXY)
    headers = {} if by_setting else {"X-Forwarded-Prefix": "/auth"}
    before = "/auth" if passed_on else ""

    def ask(path: str, **options: Any) -> Any:
        browser = app.test_client(use_cookies=False)
        options["headers"] = headers | options.get("headers", {})
        options["environ_overrides"] = {"REMOTE_ADDR": PROXY}
        return browser.open(before + path, buffered=True, **options)

    assert ask("/").headers["Location"] == "/auth/setup"
    made = ask("/account/api/setup", method="POST", json={"username": "ada", "password": PASSWORD})
    assert made.status_code == 200
    cookie = made.headers["Set-Cookie"]
    assert "Path=/auth" in cookie.split("; ")
    page = ask("/login").text
    assert 'data-base="/auth"' in page
    assert 'href="/auth/static/css/passline.css"' in page
    assert ask("/static/css/passline.css").status_code == 200
    assert ask("/passkeys").headers["Location"] == "/auth/login?next=/auth/passkeys"
    signed_in = {"Cookie": cookie.split(";")[0]}
    assert ask("/account/api/passkeys", headers=signed_in).status_code == 200
    led = ask("/login?next=/auth/passkeys?x=1", headers=signed_in)
    assert led.headers["Location"] == "/auth/passkeys?x=1"
    answer = ask("/account/api/nothing")
    assert (answer.status_code, (answer.json or {})["error"]) == (404, "not_found")


def test_a_path_that_only_begins_like_the_prefix_is_another(make_app: MakeApp) -> None:
    assert make_app(URL_PREFIX="/auth").test_client().get("/authors").status_code == 404


def test_the_prefix_alone_leads_to_the_start(make_app: MakeApp) -> None:
    answer = make_app(URL_PREFIX="/auth").test_client().get("/auth")
    assert answer.headers["Location"] == "/auth/setup"


def test_a_forwarded_https_makes_cookies_secure_and_sends_hsts(make_app: MakeApp) -> None:
    ada = Person(make_app(TRUSTED_PROXIES="127.0.0.1"), "ada")
    answer = ada.get("/account/api/sign-in/options", headers={"X-Forwarded-Proto": "https"})
    assert "; Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:1", "x y", "", "[::1", "\u00e9"])
def test_no_host_header_gets_into_an_answer(make_app: MakeApp, host: str) -> None:
    app = make_app()
    Person(app, "ada").set_up()
    answer = app.test_client().get("/passkeys", headers={"Host": host})
    assert answer.headers["Location"] == "/login?next=/passkeys"
