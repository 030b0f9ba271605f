"""General rates: Zipline's headers, 429, and whom a rate affects."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from limits import parse

from app.web import counters
from app.web.counters import Counters
from tests.conftest import MakeApp
from tests.people import Person

_addresses = (f"198.51.{number // 250}.{number % 250}" for number in itertools.count(1))
RATE = 20  # of POST /account/api/setup, per minute


@pytest.fixture
def clock() -> Iterator[Any]:
    """A clock that stands still until it is shifted."""
    with time_machine.travel("2026-03-01T00:00:00+00:00", tick=False) as clock:
        yield clock


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The URL of an empty database, of one kind: what is counted is not stored."""
    return f"sqlite:///{tmp_path}/passline.db"


@pytest.fixture
def visitor(make_app: MakeApp, clock: Any) -> Person:
    """Somebody with an address of their own: counters live as long as the process."""
    person = Person(make_app(RATE_LIMITS="on"), "ada")
    person.browser.environ_base["REMOTE_ADDR"] = next(_addresses)
    return person


def ask(person: Person, **options: Any) -> Any:
    return person.post("/account/api/setup", {}, **options)


def rates(answer: Any) -> list[int]:
    return [int(answer.headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "reset")]


def test_every_answer_tells_the_limit_what_remains_and_the_seconds_until_reset(
    visitor: Person, clock: Any
) -> None:
    assert rates(ask(visitor)) == [RATE, RATE - 1, 60]
    clock.shift(20)
    assert rates(ask(visitor)) == [RATE, RATE - 2, 40]


def test_beyond_the_rate_it_is_429_and_says_when_to_come_back(visitor: Person, clock: Any) -> None:
    assert [ask(visitor).status_code for _ in range(RATE)] == [400] * RATE
    clock.shift(15)
    answer = ask(visitor)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "45")
    assert rates(answer) == [RATE, 0, 45]
    assert sorted(answer.json) == ["error", "message"]
    assert answer.json["error"] == "throttled"


def test_after_the_minute_it_is_free_again(visitor: Person, clock: Any) -> None:
    for _ in range(RATE + 1):
        ask(visitor)
    clock.shift(60)
    assert ask(visitor).status_code == 400


def test_another_address_has_a_rate_of_its_own(visitor: Person) -> None:
    for _ in range(RATE + 1):
        ask(visitor)
    answer = ask(visitor, environ_overrides={"REMOTE_ADDR": next(_addresses)})
    assert answer.status_code == 400


def test_another_route_has_a_rate_of_its_own(visitor: Person) -> None:
    for _ in range(RATE + 1):
        ask(visitor)
    assert visitor.get("/account/api/sign-in/options").status_code == 200


def test_a_forwarded_address_nobody_vouches_for_changes_nothing(visitor: Person) -> None:
    for number in range(RATE):
        ask(visitor, headers={"X-Forwarded-For": f"203.0.113.{number}"})
    assert ask(visitor, headers={"X-Forwarded-For": "203.0.113.200"}).status_code == 429


def test_a_success_tells_its_rate_too(visitor: Person) -> None:
    assert rates(visitor.get("/account/api/sign-in/options"))[:2] == [120, 119]


def test_a_route_without_a_rate_tells_none(visitor: Person) -> None:
    assert "x-ratelimit-limit" not in visitor.get("/healthz").headers


def test_switched_off_there_is_neither_limit_nor_header(make_app: MakeApp) -> None:
    person = Person(make_app(RATE_LIMITS="off"), "ada")
    answers = [ask(person) for _ in range(RATE + 1)]
    assert {answer.status_code for answer in answers} == {400}
    assert "x-ratelimit-limit" not in answers[0].headers


def test_ever_new_networks_are_forgotten_with_their_minute_and_never_too_many(
    clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, rate = Counters(counters.MEMORY), parse("3/minute")
    windows = counted._made()._windows
    for number in range(50):
        counted.hit(rate, "view", str(number))
    assert len(windows) == 50
    clock.shift(60)
    counted.hit(rate, "view", "new")
    assert len(windows) == 1
    monkeypatch.setattr(counters, "MOST", 10)
    hits = [counted.hit(rate, "view", str(number)) for number in range(20)]
    assert len(windows) == 10
    assert {hit and hit.remaining for hit in hits} == {2}


def test_a_window_does_not_last_longer_than_its_rate_when_the_clock_goes_back(clock: Any) -> None:
    counted, rate = Counters(counters.MEMORY), parse("1/minute")
    clock.shift(3600)
    assert counted.hit(rate, "view") == (1, 0, 60)
    clock.shift(-3600)
    assert counted.hit(rate, "view") == (1, 0, 60)
