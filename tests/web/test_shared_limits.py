"""General rates in a Redis that workers share, and without it: nothing is limited."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from limits import parse

from app import create_app
from app.web import counters, rate_limits
from app.web.counters import Counters
from tests import redis
from tests.conftest import MakeApp
from tests.people import Person
from tests.redis import Redis

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

AWAY, BACK = "general rates are not counted: no Redis", "general rates are counted again"
RATE = parse("3/minute")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with redis.running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def app(make_app: MakeApp, server: Redis) -> Flask:
    """An app that counts in Redis."""
    return make_app(RATE_LIMITS="on", LIMITS_URL=server.url)


@pytest.fixture
def told(app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that returns what the log told of counting."""
    monkeypatch.setattr(logging.getLogger("passline"), "propagate", True)
    return lambda: [each for each in caplog.messages if each in (AWAY, BACK)]


def asked(app: Flask) -> tuple[int, bool]:
    """Return the status of a request, and whether it told its rate."""
    answer = Person(app, "ada").post("/account/api/setup", {})
    return answer.status_code, "x-ratelimit-limit" in answer.headers


def test_two_workers_count_together(server: Redis, database_url: str) -> None:
    workers = [Counters(server.url), Counters(server.url)]
    hits = [workers[n % 2].hit(RATE, "view", "192.0.2.1") for n in range(4)]
    assert [hit and hit.remaining for hit in hits] == [2, 1, 0, -1]
    assert all(hit and 59 <= hit.reset <= 60 for hit in hits)
    other = workers[0].hit(RATE, "view", "192.0.2.2")
    assert other and other.remaining == 2


def test_beyond_the_rate_it_is_429(app: Flask) -> None:
    assert [asked(app) for _ in range(21)] == [(400, True)] * 20 + [(429, True)]


def test_without_it_nothing_is_limited_and_the_log_says_so_once(
    app: Flask, server: Redis, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "_PAUSE", 0.3)
    asked(app)
    server.kill()
    assert [asked(app) for _ in range(40)] == [(400, False)] * 40
    time.sleep(0.35)
    assert asked(app) == (400, False)  # it has been tried again
    assert told() == [AWAY]
    server.start()
    time.sleep(0.35)
    assert asked(app) == (400, True)
    assert told() == [AWAY, BACK]
    server.kill()
    assert asked(app) == (400, False)
    server.start()
    assert told() == [AWAY, BACK, AWAY]


def test_one_that_does_not_answer_delays_a_request_by_a_moment_and_the_next_by_nothing(
    app: Flask, server: Redis
) -> None:
    asked(app)
    server.freeze()
    try:
        begun = time.monotonic()
        assert asked(app) == (400, False)
        assert time.monotonic() - begun < 1
        begun = time.monotonic()
        assert [asked(app) for _ in range(20)] == [(400, False)] * 20
        assert time.monotonic() - begun < 1
    finally:
        server.thaw()


def test_guesses_are_counted_without_it(make_app: MakeApp, tmp_path: Path) -> None:
    nowhere = f"redis+unix://{tmp_path}/no.sock"
    nobody = Person(make_app(RATE_LIMITS="on", LIMITS_URL=nowhere), "nobody")
    found = [nobody.log_in().status_code for _ in range(7)]
    assert found == [400] * 6 + [429]


def test_a_missing_client_library_is_told_at_the_start(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_app()
    monkeypatch.setenv("PASSLINE_LIMITS_URL", "redis://u:secret@localhost")
    monkeypatch.setattr(rate_limits, "find_spec", lambda _: None)
    with pytest.raises(SystemExit):
        create_app()
    said = capsys.readouterr().err
    assert "PASSLINE_LIMITS_URL: Redis needs the library redis; pip install" in said
    assert "secret" not in said


def test_the_url_is_not_shown(make_app: MakeApp) -> None:
    app = make_app(LIMITS_URL="redis://u:hunter2@localhost")
    assert "hunter2" not in repr(app.extensions["passline"].settings)
