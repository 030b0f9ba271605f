"""The browsers that people have signed in with: strangers' failures keep nobody out."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from app.core import administration, devices, throttle
from app.core.context import Caller, Context
from app.errors import Throttled
from app.operations import housekeeping
from app.storage import database
from tests.parallel import in_parallel
from tests.people import API, PASSWORD, Person

COOKIE = "passline_device"
HOUR, DAY = 3600, 86_400
WRONG = "not her password"

Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def clock(app: Flask) -> Iterator[Any]:
    """A clock that stands still until it is shifted."""
    with time_machine.travel("2026-03-01T00:00:00+00:00", tick=False) as clock:
        yield clock


def token_of(person: Person) -> str:
    """Return the browser's device token."""
    cookie = person.browser.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def tries(
    person: Person, count: int, password: str = WRONG, address: str = "127.0.0.1"
) -> list[int]:
    """Sign in so often by password from an address; return the statuses."""
    environ = {"REMOTE_ADDR": address}
    return [person.log_in(password, environ_overrides=environ).status_code for _ in range(count)]


def attack(app: Flask, username: str = "ada") -> Person:
    """Let a stranger fail a hundred times and once more, from 25 networks and one."""
    stranger = Person(app, username)
    for network in range(25):
        tries(stranger, 4, address=f"10.0.{network}.1")
    tries(stranger, 1, address="10.1.0.1")
    return stranger


def elsewhere(person: Person) -> Person:
    """Return the same person with a browser of no cookies."""
    return Person(person.app, person.username)


def test_a_device_of_the_owner_gets_in_at_once_while_a_stranger_keeps_trying(
    clock: Any, ada: Person
) -> None:
    stranger = attack(ada.app)
    fresh, judged = [], []
    for second in range(202):
        tries(stranger, 1, address=f"10.2.{second}.1")  # each judged as soon as one may be
        if second % 30 == 0:
            fresh += tries(elsewhere(ada), 1, PASSWORD, address="192.0.2.7")
            judged += tries(ada, 1, PASSWORD)
        clock.shift(1)
    assert judged == [200] * 7
    assert fresh == [429] * 7


def test_nor_is_it_kept_out_by_failures_in_its_own_network(clock: Any, ada: Person) -> None:
    for number in range(31):
        tries(Person(ada.app, f"user {number}"), 1)
    assert tries(elsewhere(ada), 1, PASSWORD) == [429]
    assert tries(ada, 1, PASSWORD) == [200]


def test_after_ten_failures_in_an_hour_a_device_is_as_any_other(clock: Any, ada: Person) -> None:
    attack(ada.app)
    assert tries(ada, 12) == [400] * 10 + [429] * 2
    assert tries(ada, 1, PASSWORD) == [429]
    clock.shift(HOUR - 1)
    assert tries(ada, 2) == [400, 429]  # the account's delay is over, once
    clock.shift(1)
    assert tries(ada, 11) == [400] * 10 + [429]


def test_beyond_ten_the_ordinary_limits_count_from_nothing(clock: Any, ada: Person) -> None:
    assert tries(ada, 17) == [400] * 16 + [429]


def test_success_takes_back_what_the_device_has_failed(clock: Any, ada: Person) -> None:
    for _ in range(3):
        attack(ada.app)
        assert tries(ada, 9) == [400] * 9
        assert tries(ada, 1, PASSWORD) == [200]


def test_success_by_the_ordinary_limits_gives_the_device_its_tries_back(
    clock: Any, ada: Person
) -> None:
    tries(ada, 10)
    assert tries(ada, 1, PASSWORD) == [200]
    attack(ada.app)
    assert tries(ada, 11) == [400] * 10 + [429]


def test_the_failures_of_a_device_do_not_count_for_the_account(
    clock: Any, ada: Person, rows: Rows
) -> None:
    tries(ada, 10)
    assert rows("SELECT count(*), max(count) FROM failures") == [(1, 10)]


def test_the_success_of_a_device_gives_strangers_no_new_tries(clock: Any, ada: Person) -> None:
    stranger = attack(ada.app)
    assert tries(ada, 1, PASSWORD) == [200]
    assert tries(stranger, 1, address="10.3.0.1") == [429]


def test_of_many_at_once_no_more_than_ten_are_judged_beyond_the_ordinary(
    clock: Any, ada: Person
) -> None:
    attack(ada.app)
    device, context = token_of(ada), ada.context()
    known = devices.known(_id(ada), context=_with(context, device))

    def attempt(_: int) -> bool:
        try:
            throttle.attempt(throttle.limits(account="ada", address="192.0.2.1"), device=known)
        except Throttled:
            return False
        return True

    assert in_parallel(attempt, range(30)).count(True) == 10


def _id(person: Person) -> str:
    return administration.find(person.username).id


def _with(context: Context, device: str | None) -> Context:
    return context._replace(caller=Caller("192.0.2.1", "", device=device))


def test_a_device_of_somebody_else_escapes_nothing(clock: Any, ada: Person, bob: Person) -> None:
    attack(ada.app)
    bob.username = "ada"
    assert tries(bob, 1, PASSWORD) == [429]


@pytest.mark.parametrize("planted", ["A" * 43, "x", "", "é" * 43, "A" * 44], ids=len)
def test_a_made_up_device_escapes_nothing(clock: Any, ada: Person, planted: str) -> None:
    attack(ada.app)
    stranger = elsewhere(ada)
    stranger.browser.set_cookie(COOKIE, planted)
    assert tries(stranger, 1, PASSWORD) == [429]


def test_an_unknown_or_disabled_account_is_delayed_alike_with_the_cookie(
    clock: Any, ada: Person, bob: Person
) -> None:
    administration.disable(administration.find("bob"), context=bob.context())
    nobody = elsewhere(bob)
    nobody.browser.set_cookie(COOKIE, token_of(bob))
    nobody.username = "zoe"
    assert tries(bob, 8) == tries(nobody, 8, address="192.0.2.9") == [400] * 6 + [429] * 2


def test_the_cookie_alone_signs_nobody_in(ada: Person) -> None:
    stranger = elsewhere(ada)
    stranger.browser.set_cookie(COOKIE, token_of(ada))
    assert not stranger.signed_in()
    assert stranger.log_in(WRONG).status_code == 400


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites_and_lasts(stranger: Person) -> None:
    answer = stranger.post(f"{API}/setup", stranger.credentials())
    [said] = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith(COOKIE)]
    _, *attributes = said.split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={400 * DAY}"} <= set(attributes)
    assert len(token_of(stranger)) == 43  # 256 bits in base64url


def test_it_is_secure_where_the_session_cookie_is(make_app: Any) -> None:
    app = make_app(ORIGINS="https://localhost")
    person = Person(app, "ada")
    answer = person.post(f"{API}/setup", person.credentials())
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all("; Secure" in each for each in cookies)


def test_every_way_to_sign_in_sets_it(ada: Person) -> None:
    ada.add_passkey()
    for sign_in in (ada.log_in, ada.sign_in):
        ada.browser.delete_cookie(COOKIE)
        sign_in()
        assert devices.known(_id(ada), context=_with(ada.context(), token_of(ada)))


def test_registration_sets_it(make_app: Any) -> None:
    app = make_app(REGISTRATION="open")
    Person(app, "ada").set_up()
    bob = Person(app, "bob")
    bob.post(f"{API}/registration", bob.credentials())
    assert devices.known(_id(bob), context=_with(bob.context(), token_of(bob)))


def test_a_refused_sign_in_sets_none(ada: Person, rows: Rows) -> None:
    stranger = elsewhere(ada)
    stranger.log_in(WRONG)
    assert stranger.browser.get_cookie(COOKIE) is None
    assert rows("SELECT count(*) FROM devices") == [(1,)]


def test_a_browser_keeps_its_token_when_people_sign_out_and_others_in(
    ada: Person, bob: Person
) -> None:
    before = token_of(ada)
    ada.log_out()
    assert token_of(ada) == before
    ada.username = "bob"
    ada.log_in()
    assert token_of(ada) == before


def test_two_users_of_one_browser_cannot_be_linked(ada: Person, bob: Person, rows: Rows) -> None:
    shared = elsewhere(ada)
    shared.log_in()
    shared.username = "bob"
    shared.log_in()
    token = token_of(shared)
    stored = {(bytes(digest), user) for digest, user in rows("SELECT digest, user_id FROM devices")}
    assert {
        (hashlib.sha256(f"{user}\0{token}".encode()).digest(), user)
        for user in (_id(ada), _id(bob))
    } <= stored
    assert not any(token.encode() in digest for digest, _ in stored)


def test_the_least_recently_used_of_more_than_twenty_is_forgotten(
    clock: Any, ada: Person, rows: Rows
) -> None:
    clock.shift(1)
    browsers = [ada, *(elsewhere(ada) for _ in range(20))]
    for browser in browsers:
        browser.log_in()
        clock.shift(1)
        if browser is browsers[5]:
            ada.log_in()
            clock.shift(1)
    assert rows("SELECT count(*) FROM devices") == [(20,)]
    attack(ada.app)
    statuses = [tries(browser, 1, PASSWORD) for browser in browsers]
    assert statuses == [[200], [429], *[[200]] * 19]


def test_many_new_devices_at_once_are_twenty_in_the_end(ada: Person, rows: Rows) -> None:
    user_id = _id(ada)

    def remember(number: int) -> None:
        with database.transient():
            devices.remember(user_id, context=_with(ada.context(), f"token {number}"))

    in_parallel(remember, range(24))
    assert rows("SELECT count(*) FROM devices") == [(20,)]


def test_two_tabs_of_one_new_browser_at_once_are_one_device(ada: Person, rows: Rows) -> None:
    user_id = _id(ada)

    def remember(_: int) -> None:
        with database.transient():
            devices.remember(user_id, context=_with(ada.context(), "one token"))

    in_parallel(remember, range(8))
    assert rows("SELECT count(*) FROM devices") == [(2,)]


def test_a_device_is_forgotten_400_days_after_its_last_use(
    clock: Any, ada: Person, rows: Rows
) -> None:
    clock.shift(300 * DAY)
    ada.log_in()
    clock.shift(400 * DAY - 1)
    attack(ada.app)
    assert tries(ada, 1) == [400]
    clock.shift(1)
    attack(ada.app)
    assert tries(ada, 1) == [429]  # whether it has been cleaned up or not
    housekeeping.clean()
    assert rows("SELECT count(*) FROM devices") == [(0,)]


def test_a_deleted_account_has_no_devices(ada: Person, bob: Person, rows: Rows) -> None:
    administration.delete(administration.find("bob"), context=ada.context())
    assert rows("SELECT user_id FROM devices") == [(_id(ada),)]


def test_a_disabled_and_enabled_account_knows_its_devices(clock: Any, bob: Person) -> None:
    administration.disable(administration.find("bob"), context=bob.context())
    administration.enable(administration.find("bob"), context=bob.context())
    attack(bob.app, "bob")
    assert tries(bob, 1, PASSWORD) == [200]


@pytest.mark.zipline
def test_a_new_password_forgets_all_devices_but_the_one_that_sets_it(
    clock: Any, ada: Person
) -> None:
    other = elsewhere(ada)
    other.log_in()
    new = "another good one"
    assert ada.call("PATCH", "/api/user", {"password": new}).status_code == 200
    attack(ada.app)
    assert (tries(other, 1, new), tries(ada, 1, new)) == ([429], [200])


def test_a_password_from_the_administrator_forgets_all_devices_of_that_account(
    ada: Person, bob: Person, rows: Rows
) -> None:
    administration.set_password(administration.find("ada"), "another one", context=ada.context())
    assert rows("SELECT user_id FROM devices") == [(_id(bob),)]


def test_a_caller_that_keeps_no_cookies_has_no_device(ada: Person, rows: Rows) -> None:
    before = rows("SELECT count(*) FROM devices")
    assert devices.remember(_id(ada), context=ada.context()) is None
    assert rows("SELECT count(*) FROM devices") == before


def test_the_log_has_no_token_of_a_device(ada: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    tries(ada, 1)
    tries(ada, 1, PASSWORD)
    assert "account:login" in caplog.text
    assert token_of(ada) not in caplog.text
