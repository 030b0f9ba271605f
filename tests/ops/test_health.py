"""/healthz reports on the process, /readyz on the database."""

import time
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.storage import database
from tests.conftest import MakeApp, close_database


def test_a_process_that_answers_is_healthy_whatever_its_database_does(app: Flask) -> None:
    database.bind("postgresql://127.0.0.1:9/nothing")
    try:
        answer = app.test_client().get("/healthz")
        assert (answer.status_code, answer.json) == (200, {"status": "ok"})
        assert answer.headers["Cache-Control"] == "no-store"
    finally:
        close_database()


def test_a_server_with_its_database_is_ready(app: Flask) -> None:
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready"})


def test_a_server_that_lost_its_database_is_not_ready_and_does_not_tell_why(app: Flask) -> None:
    database.bind("postgresql://somebody:hunter2@127.0.0.1:9/nothing")
    try:
        answer = app.test_client().get("/readyz")
    finally:
        close_database()
    reasons = {"status": "unavailable", "reasons": ["The database cannot be reached."]}
    assert (answer.status_code, answer.json) == (503, reasons)


def test_a_server_whose_database_is_behind_is_not_ready(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSLINE_DATABASE_URL", database_url)
    try:
        app = create_app(upgrade=False)
        app.testing = True  # or housekeeping would outlive the test
        answer = app.test_client().get("/readyz")
    finally:
        close_database()
    assert answer.status_code == 503
    assert "The database lacks the upgrade 0001_initial." in (answer.json or {})["reasons"]


def test_both_answer_below_a_prefix_and_without_it(make_app: MakeApp) -> None:
    client = make_app(URL_PREFIX="/auth").test_client()
    for path in ("/healthz", "/auth/healthz", "/readyz", "/auth/readyz"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_to_ask_whether_it_is_ready_writes_once_a_second(app: Flask, tmp_path: Path) -> None:
    client, begun = app.test_client(), time.monotonic()
    for _ in range(200):
        assert client.get("/readyz").status_code == 200
    page, seconds = 4096 + 24, time.monotonic() - begun
    log = tmp_path / "passline.db-wal"
    written = log.stat().st_size
    assert page <= written <= 32 + page * (1 + seconds)
    time.sleep(1)
    assert client.get("/readyz").status_code == 200
    assert log.stat().st_size == written + page
