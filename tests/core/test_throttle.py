"""Delays after failures: how they grow, whom they affect, when they are forgotten."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from app.core import throttle
from app.errors import Throttled
from tests.parallel import in_parallel

HOME, AWAY = "198.51.100.1", "203.0.113.9"


@pytest.fixture
def clock(app: Flask) -> Iterator[Any]:
    """A clock that stands still until it is shifted."""
    with time_machine.travel("2026-03-01T00:00:00+00:00", tick=False) as clock:
        yield clock


def fail(account: str = "ada", address: str = HOME) -> int:
    """Fail an attempt; return the seconds to wait if it came too early, else 0."""
    try:
        throttle.attempt(throttle.limits(account=account, address=address))
    except Throttled as error:
        return error.retry_after
    return 0


def succeed(account: str = "ada", address: str = HOME) -> None:
    counted = throttle.limits(account=account, address=address)
    throttle.attempt(counted)
    throttle.succeeded(counted)


def exhaust(account: str = "ada", address: str = HOME) -> None:
    """Fail as often as is free, and once more."""
    assert [fail(account, address) for _ in range(6)] == [0] * 6
    assert fail(account, address) == 1


def test_a_few_failures_are_free(clock: Any) -> None:
    assert [fail() for _ in range(6)] == [0] * 6


def test_after_them_the_delays_double_up_to_a_quarter_of_an_hour(clock: Any) -> None:
    exhaust()
    delays = []
    for _ in range(13):
        delays.append(fail())
        clock.shift(delays[-1])
        assert fail() == 0
    assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_attempts_that_come_too_early_are_not_counted(clock: Any) -> None:
    exhaust()
    assert {fail() for _ in range(50)} == {1}
    clock.shift(1)
    assert fail() == 0


def test_the_wait_grows_shorter_as_time_passes_and_is_never_zero(clock: Any) -> None:
    exhaust()
    for _ in range(3):
        clock.shift(fail())
        fail()
    assert fail() == 8
    clock.shift(7.5)
    assert fail() == 1


def test_another_account_on_the_same_network_is_free_for_a_while(clock: Any) -> None:
    exhaust()
    assert fail("bob") == 0


def test_the_owner_on_another_network_is_not_delayed(clock: Any) -> None:
    exhaust()
    assert fail(address=AWAY) == 0


def test_a_network_that_tries_many_accounts_is_delayed_for_all(clock: Any) -> None:
    assert [fail(f"user {number}") for number in range(31)] == [0] * 31
    assert fail("another") == 1


def test_an_account_that_many_networks_try_is_delayed_but_briefly(clock: Any) -> None:
    for number in range(115):
        clock.shift(fail(address=f"10.0.{number}.1"))
    clock.shift(30)
    assert fail(address="10.1.0.1") == 0
    assert fail(address="10.1.0.2") == 30


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1:2:3", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("198.51.100.1", "198.51.100.2", False),
        ("::ffff:198.51.100.1", "198.51.100.1", True),
        ("::ffff:198.51.100.1", "::ffff:198.51.100.2", False),
        ("", "", True),
    ],
    ids=["one /64", "two /64", "two IPv4", "mapped", "two mapped", "unix socket"],
)
def test_a_network_is_what_one_subscriber_holds(
    clock: Any, one: str, other: str, same: bool
) -> None:
    exhaust(address=one)
    assert (fail(address=other) > 0) is same


def test_success_clears_the_account(clock: Any) -> None:
    exhaust()
    clock.shift(1)
    succeed()
    exhaust()


def test_success_does_not_clear_the_network(clock: Any) -> None:
    for number in range(30):
        fail(f"user {number}")
    succeed("mallory's own")
    assert [fail("one more"), fail("and another")] == [0, 1]


def test_successes_alone_never_delay(clock: Any) -> None:
    for number in range(40):
        succeed(f"user {number}")
    assert fail() == 0


def test_failures_are_forgotten_after_a_day_without_another(clock: Any) -> None:
    exhaust()
    clock.shift(86_400)
    exhaust()


def test_failures_are_not_forgotten_sooner(clock: Any) -> None:
    exhaust()
    clock.shift(86_399)
    assert fail() == 0
    assert fail() == 2


def test_of_many_at_once_no_more_than_are_free_get_through(clock: Any) -> None:
    waits = in_parallel(lambda _: fail(), range(8))
    assert sorted(waits) == [0] * 6 + [1] * 2


def test_many_at_once_on_several_accounts_do_not_wait_for_each_other_for_ever(clock: Any) -> None:
    pairs = [("ada", HOME), ("bob", HOME), ("ada", AWAY), ("bob", AWAY)] * 2
    assert in_parallel(lambda pair: fail(*pair), pairs) == [0] * 8


def test_a_node_whose_clock_is_behind_delays_as_long(clock: Any) -> None:
    exhaust()
    clock.shift(-2)
    assert fail() == 3
    clock.shift(-4)
    assert fail() == 0  # that clock was set back


def test_a_node_whose_clock_is_behind_delays_nobody_for_free_failures(clock: Any) -> None:
    assert fail() == 0
    clock.shift(-2)
    assert [fail() for _ in range(5)] == [0] * 5
