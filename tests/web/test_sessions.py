"""Sessions and their cookie: attributes, what the table keeps, when a session ends."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from tests.conftest import MakeApp
from tests.people import Person

Rows = Callable[..., list[tuple[Any, ...]]]
COOKIE = "passline_session"
START = "2026-03-01T00:00:00+00:00"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.1 Safari/605.1.15"
)


def attributes(answer: Any, name: str = COOKIE) -> set[str]:
    """Return the attributes of the cookie that an answer sets, without its value."""
    set_by = answer.headers.getlist("Set-Cookie")
    [header] = [each for each in set_by if each.startswith(f"{name}=")]
    return set(header.split("; ")[1:])


def cookie_of(person: Person, path: str = "/") -> str:
    cookie = person.browser.get_cookie(COOKIE, path=path)
    assert cookie is not None
    return str(cookie.value)


def set_up(app: Any) -> Any:
    ada = Person(app, "ada")
    return ada.post("/account/api/setup", ada.founding())


def test_the_cookie_is_for_this_site_alone_and_no_script_reads_it(app: Any) -> None:
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= attributes(set_up(app))


def test_the_cookie_is_for_this_host_alone_and_plain_on_http(app: Any) -> None:
    assert not {each for each in attributes(set_up(app)) if each.startswith(("Secure", "Domain"))}


def test_the_cookie_lasts_as_long_as_the_session(make_app: MakeApp) -> None:
    assert "Max-Age=7200" in attributes(set_up(make_app(SESSION_LIFETIME="2h")))


def test_the_cookie_is_secure_where_the_origin_is_https(make_app: MakeApp) -> None:
    app = make_app(RP_ID="example.com", ORIGINS="https://auth.example.com")
    assert "Secure" in attributes(set_up(app), "__Host-passline_session")


def test_the_cookie_has_the_domain_of_the_setting(make_app: MakeApp) -> None:
    names = {"RP_ID": "example.com", "COOKIE_DOMAIN": "example.com"}
    app = make_app(ORIGINS="https://auth.example.com", **names)
    assert "Domain=example.com" in attributes(set_up(app))


def test_the_cookies_path_is_the_prefix(make_app: MakeApp) -> None:
    assert "Path=/auth" in attributes(set_up(make_app(URL_PREFIX="/auth")))


def test_the_browsers_binding_to_a_ceremony_has_the_same_attributes(app: Any) -> None:
    answer = Person(app, "ada").get("/account/api/sign-in/options")
    found = attributes(answer, "passline_ceremony")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"} <= found


def test_logout_deletes_the_cookie_where_it_was_set(make_app: MakeApp) -> None:
    person = Person(make_app(URL_PREFIX="/auth"), "ada").set_up()
    person.browser.set_cookie(COOKIE, cookie_of(person, "/auth"), path="/")
    assert {"Max-Age=0", "Path=/auth", "HttpOnly"} <= attributes(person.log_out())


def test_a_request_that_changes_no_session_sets_no_cookie(ada: Person) -> None:
    assert "Set-Cookie" not in ada.get("/account/api/passkeys").headers


def test_the_token_has_256_bits(ada: Person) -> None:
    assert len(cookie_of(ada)) == 43


def test_only_the_tokens_digest_is_stored(ada: Person, rows: Rows) -> None:
    [row] = rows("SELECT * FROM sessions")
    token = cookie_of(ada)
    assert bytes(row[0]) == hashlib.sha256(token.encode()).digest()
    assert token not in repr(row)


def test_a_sign_in_over_a_live_session_makes_a_new_one_and_ends_the_old(
    ada: Person, stranger: Person
) -> None:
    old = cookie_of(ada)
    ada.log_in()
    assert cookie_of(ada) != old
    stranger.browser.set_cookie(COOKIE, old)
    assert (ada.signed_in(), stranger.signed_in()) == (True, False)


def test_a_passkey_sign_in_over_a_live_session_makes_a_new_one_too(ada: Person, rows: Rows) -> None:
    ada.add_passkey()
    old = cookie_of(ada)
    ada.sign_in()
    assert cookie_of(ada) != old
    assert len(rows("SELECT id FROM sessions")) == 1


def test_a_session_that_somebody_planted_is_not_taken_over(ada: Person, stranger: Person) -> None:
    planted = "A" * 43
    stranger.browser.set_cookie(COOKIE, planted)
    stranger.username = "ada"
    stranger.log_in()
    assert cookie_of(stranger) != planted


def test_a_refused_sign_in_leaves_the_live_session_alone(ada: Person) -> None:
    ada.log_in("not her password")
    assert ada.signed_in()


@pytest.mark.parametrize(("sign_in", "methods"), [("log_in", "pwd"), ("sign_in", "hwk user")])
def test_the_session_holds_when_and_how_its_owner_signed_in(
    ada: Person, rows: Rows, sign_in: str, methods: str
) -> None:
    ada.add_passkey()
    getattr(ada, sign_in)()
    [(created, first_at, by)] = rows("SELECT created_at, first_factor_at, methods FROM sessions")
    assert by == methods
    assert 0 <= created - first_at < 1000


def test_a_session_ends_with_its_lifetime_however_busy(make_app: MakeApp) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = Person(make_app(SESSION_LIFETIME="1h"), "ada").set_up()
        for _ in range(59):
            clock.shift(60)
            assert person.signed_in()
        clock.shift(60)
        assert not person.signed_in()


def test_a_client_that_keeps_its_cookie_beyond_the_lifetime_is_refused(make_app: MakeApp) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = Person(make_app(SESSION_LIFETIME="1h"), "ada").set_up()
        kept = cookie_of(person)
        clock.shift(3600)
        browser = person.app.test_client(use_cookies=False)  # it would drop the cookie
        answer = browser.get("/account/api/passkeys", headers={"Cookie": f"{COOKIE}={kept}"})
    assert (answer.status_code, (answer.json or {})["error"]) == (401, "session_invalid")


@pytest.mark.parametrize("idle", [60, 120, 600])
def test_an_idle_session_ends(make_app: MakeApp, idle: int) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = Person(make_app(SESSION_IDLE=idle), "ada").set_up()
        clock.shift(idle)
        assert not person.signed_in()


@pytest.mark.parametrize("idle", [60, 120, 600])
def test_a_busy_session_does_not_end_as_idle(make_app: MakeApp, idle: int) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = Person(make_app(SESSION_IDLE=idle), "ada").set_up()
        for _ in range(20):
            clock.shift(idle // 2)
            assert person.signed_in()


def test_without_the_setting_no_session_ends_as_idle(make_app: MakeApp) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = Person(make_app(), "ada").set_up()
        clock.shift(13 * 86400)
        assert person.signed_in()


def test_last_seen_is_written_at_most_once_a_minute(make_app: MakeApp, rows: Rows) -> None:
    seen = []
    with time_machine.travel(START, tick=False) as clock:
        person = Person(make_app(), "ada").set_up()
        for _ in range(9):
            clock.shift(20)
            person.signed_in()
            seen.append(rows("SELECT last_seen_at FROM sessions")[0][0])
    assert len(set(seen)) == 3
    assert max(seen) - min(seen) <= 180_000


@pytest.mark.parametrize(
    ("agent", "client", "device"),
    [
        (SAFARI, "Safari 18", "Mac OS X"),
        ("curl/8.5.0", "curl 8", "Unknown"),
        ("", "Unknown", "Unknown"),
    ],
    ids=["Safari", "curl", "none"],
)
def test_client_and_device_are_in_peoples_words(
    ada: Person, rows: Rows, agent: str, client: str, device: str
) -> None:
    ada.log_in(headers={"User-Agent": agent})
    assert rows("SELECT client, device, user_agent FROM sessions") == [(client, device, agent)]


def test_a_user_agent_is_kept_up_to_512_characters(ada: Person, rows: Rows) -> None:
    ada.log_in(headers={"User-Agent": "x" * 5000})
    assert rows("SELECT user_agent FROM sessions") == [("x" * 512,)]


def test_of_two_session_cookies_the_live_one_counts(ada: Person) -> None:
    both = f"{COOKIE}={'x' * 43}; {COOKIE}={cookie_of(ada)}"
    other = ada.app.test_client(use_cookies=False)
    assert other.get("/account/api/passkeys", headers={"Cookie": both}).status_code == 200


def test_the_remember_cookie_of_another_application_on_this_host_signs_nobody_out(
    ada: Person,
) -> None:
    ada.browser.set_cookie("remember_token", f"1|{'0' * 128}")
    assert ada.get("/account/api/passkeys").status_code == 200


@pytest.mark.parametrize("path", ["/", "/login", "/account/api/passkeys", "/v1/client"])
def test_a_cookie_that_is_no_text_changes_nothing(ada: Person, path: str) -> None:
    other = ada.app.test_client(use_cookies=False)
    both = {"Cookie": f"theme=caf\xe9; {COOKIE}={cookie_of(ada)}"}
    assert other.get(path, headers=both).status_code == ada.get(path).status_code < 500
