"""One-time things are used once, however many ask at once; one way in stays."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from app.storage.models import RecoveryCode
from tests import live
from tests.conftest import MakeApp
from tests.live import Answer, Client
from tests.mfa.people import (
    TOTP_PATH,
    code,
    fresh,
    given,
    link_for,
    make_codes,
    security,
    turn_on,
)
from tests.parallel import in_parallel
from tests.people import API, PASSWORD, Person
from tests.violence.rows import query

MANY = 10
MIRA = {"username": "mira", "password": PASSWORD}


@pytest.fixture
def port(database_url: str, tmp_path: Path) -> Iterator[int]:
    """Two workers on one database."""
    settings = {"DATABASE_URL": database_url, "STEP_UP_AGE": "10m"}
    with live.server(tmp_path / "data", workers=2, **settings) as port:
        yield port


def at_once(ask: Callable[[int], Answer]) -> Counter[int]:
    """Ask many times at once, and return the number of answers with each status."""
    with ThreadPoolExecutor(MANY) as pool:
        return Counter(answer.status for answer in pool.map(ask, range(MANY)))


def enrolled(port: int) -> tuple[str, list[str]]:
    """Make an account with an app; return its secret and recovery codes."""
    mira = Client(port)
    assert mira.call("POST", f"{API}/setup", MIRA).status == 200
    secret = mira.call("POST", f"{TOTP_PATH}/offer").body["secret"]
    made = mira.call("POST", TOTP_PATH, {"code": code(secret, steps=-1)})
    assert made.status == 200, made.body
    return secret, made.body["recovery_codes"]


def waiting(port: int) -> Client:
    """Return a browser whose first step has succeeded."""
    client = Client(port)
    assert "second_step" in client.call("POST", f"{API}/sign-in/password", MIRA).body
    return client


@pytest.mark.slow
def test_a_code_and_a_recovery_code_sign_in_once_over_two_workers(port: int) -> None:
    secret, made = enrolled(port)
    browsers = [waiting(port) for _ in range(MANY)]
    if time.time() % 30 > 25:
        time.sleep(6)
    typed = {"code": code(secret)}
    signed_in = at_once(lambda n: browsers[n].call("POST", f"{API}/sign-in/second", typed))
    assert signed_in[200] == 1
    assert signed_in[400] + signed_in[429] == MANY - 1

    browsers = [waiting(port) for _ in range(MANY)]
    burnt = {"recovery_code": made[0]}
    signed_in = at_once(lambda n: browsers[n].call("POST", f"{API}/sign-in/second", burnt))
    assert signed_in == {200: 1, 400: MANY - 1}


@pytest.mark.slow
def test_one_sign_in_is_finished_once_over_two_workers(port: int, database_url: str) -> None:
    _, made = enrolled(port)
    browser = waiting(port)

    def finish(n: int) -> Answer:
        other = Client(port)
        other.cookies = dict(browser.cookies)
        return other.call("POST", f"{API}/sign-in/second", {"recovery_code": made[n]})

    statuses = at_once(finish)
    assert statuses == {200: 1, 400: MANY - 1}
    # The recovery codes of those who lost are still good.
    assert query(database_url, "SELECT count(*) FROM recovery_codes") == [(9,)]


def test_a_link_signs_in_once(mira: Person) -> None:
    token = link_for(mira)
    people = [fresh(mira) for _ in range(6)]
    statuses = in_parallel(
        lambda each: each.post(f"{API}/link", {"token": token}).status_code, people
    )
    assert sorted(statuses) == [200] + [400] * 5


def test_two_first_factors_at_once_make_one_set_of_codes(mira: Person) -> None:
    secret = given(mira.post(f"{TOTP_PATH}/offer"))["secret"]
    cookie = mira.browser.get_cookie("passline_session")
    assert cookie

    def turn_it_on(_: int) -> int:
        person = fresh(mira)
        person.browser.set_cookie("passline_session", cookie.value)
        return person.post(TOTP_PATH, {"code": code(secret)}).status_code

    assert in_parallel(turn_it_on, range(6)).count(200) == 1
    mira.log_in()
    assert RecoveryCode.select().count() == 10


REMOVALS: dict[str, Callable[[Person, Any], Any]] = {
    "password": lambda person, _: person.call("DELETE", f"{API}/password"),
    "first passkey": lambda person, ids: person.delete(ids[0]),
    "second passkey": lambda person, ids: person.delete(ids[1]),
    "app": lambda person, _: person.call("DELETE", TOTP_PATH),
}


@pytest.mark.parametrize("policy", ["optional", "required"])
@pytest.mark.parametrize("pair", list(combinations(REMOVALS, 2)), ids=" and ".join)
def test_of_two_removals_at_once_one_way_in_is_left(
    make_app: MakeApp, clock: Any, policy: str, pair: tuple[str, str]
) -> None:
    mira = Person(make_app(MFA_POLICY=policy), "mira").set_up()
    mira.add_passkey("one")
    mira.add_passkey("two")
    turn_on(mira)
    make_codes(mira, saved=True)
    ids = [each["id"] for each in mira.passkeys()]
    cookie = mira.browser.get_cookie("passline_session")
    assert cookie
    # What remains are the pair, so that both together would be too much.
    kept = {REMOVALS[each] for each in pair}
    for name, remove in REMOVALS.items():
        if remove not in kept and not (name == "app" and policy == "required"):
            remove(mira, ids)

    def race(name: str) -> int:
        person = fresh(mira)
        person.browser.set_cookie("passline_session", cookie.value)
        return int(REMOVALS[name](person, ids).status_code)

    statuses = in_parallel(race, list(pair))
    assert set(statuses) <= {200, 400}, statuses
    found = security(mira)["factors"]
    assert found["password"] or found["passkeys"]
    if policy == "required":
        assert found["totp"] or found["passkeys"]
