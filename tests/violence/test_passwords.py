"""Right passwords are not refused because many sign in: they wait their turn."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live import Client
from tests.ops.gunicorn import Running, running
from tests.violence import passwords
from tests.violence.passwords import SIGN_IN, sign_in_at_once

pytestmark = pytest.mark.slow

USUAL, SLOW = "m=19456,t=2,p=1", "m=65536,t=12,p=1"  # the slow one takes about a second


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server behind a proxy, with 8 accounts."""
    settings = {"ARGON2": USUAL, "REGISTRATION": "open", "TRUSTED_PROXIES": "127.0.0.1"}
    with running(tmp_path_factory.mktemp("passwords"), **settings) as server:
        passwords.people(server.port, 8)
        yield server


def test_eight_people_at_once_all_get_in(server: Running) -> None:
    tried = sign_in_at_once(server.port, [f"person{number}" for number in range(8)])
    assert [each.answer.status for each in tried] == [200] * 8


def test_one_network_with_many_keeps_no_other_waiting(server: Running) -> None:
    many = threading.Thread(
        target=sign_in_at_once,
        args=(server.port, ["person0"] * 100),
        kwargs={"X-Forwarded-For": "203.0.113.1"},
    )
    many.start()
    time.sleep(0.3)
    [other] = sign_in_at_once(server.port, ["person1"], **{"X-Forwarded-For": "203.0.113.2"})
    assert many.is_alive()
    assert (other.answer.status, other.seconds < 1) == (200, True), str(other.seconds)
    many.join()


def test_whose_turn_does_not_come_is_told_and_no_thread_waits(tmp_path: Path) -> None:
    hasty = ["wsgi:app", "-k", "tests.violence.hasty.Hasty"]
    with running(tmp_path, arguments=hasty, ARGON2=SLOW) as server:
        passwords.people(server.port, 1)
        done = threading.Event()
        longest = 0.0

        def watch() -> None:
            nonlocal longest
            while not done.wait(0.05):
                begun = time.monotonic()
                assert Client(server.port).call("GET", "/healthz").status == 200
                longest = max(longest, time.monotonic() - begun)

        watching = threading.Thread(target=watch)
        watching.start()
        tried = sign_in_at_once(server.port, ["person0"] * 10)
        done.set()
        watching.join()
    statuses = Counter(each.answer.status for each in tried)
    assert set(statuses) == {200, 503}, str(statuses)
    assert statuses[200] >= 2
    assert longest < 1
    for each in tried:
        if each.answer.status == 503:
            assert each.seconds < 6
            assert each.answer.body["error"] == "busy"
            assert each.answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (SIGN_IN.replace("password", "%70assword"), passwords.account("person0")),
        (SIGN_IN, '{"username": "person0", "pass\\u0077ord": "correct horse battery"}'),
    ],
)
def test_another_spelling_takes_nobodys_place(server: Running, path: str, body: Any) -> None:
    done = threading.Event()
    statuses: Counter[int] = Counter()

    def evade() -> None:
        while not done.is_set():
            statuses[Client(server.port).call("POST", path, body).status] += 1

    evading = [threading.Thread(target=evade) for _ in range(3)]
    for thread in evading:
        thread.start()
    tried = [sign_in_at_once(server.port, ["person1"] * 3) for _ in range(5)]
    done.set()
    for thread in evading:
        thread.join()
    assert {each.answer.status for several in tried for each in several} == {200}
    assert set(statuses) == {503}
