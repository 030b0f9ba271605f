"""When the database is away every route that needs it says 503.

The service recovers by itself.
"""

from pathlib import Path
from typing import Any

import pytest

from app.storage import database
from tests.conftest import close_database
from tests.zipline.people import PASSKEY, PASSWORD, Person


@pytest.fixture
def away(ada: Person, database_url: str, tmp_path: Path) -> Person:
    """Somebody signed in, whose service has just lost its database."""
    close_database()
    if database_url.startswith("sqlite"):
        path = tmp_path / "passline.db"
        path.rename(tmp_path / "away.db")
        path.mkdir()  # SQLite can open no folder
    else:
        database.bind("postgresql://127.0.0.1:1/nowhere?connect_timeout=2")
    return ada


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/healthcheck", None),
        ("GET", "/api/user", None),
        ("GET", PASSKEY, None),
        ("GET", "/api/auth/webauthn/options", None),
        ("POST", "/api/auth/login", {"username": "ada", "password": PASSWORD}),
        ("GET", "/api/server/public", None),
        ("GET", "/api/setup", None),
    ],
)
def test_the_api_says_503_and_when_to_come_back(
    away: Person, method: str, path: str, body: Any
) -> None:
    answer = away.call(method, path, body)
    assert answer.status_code == 503
    assert sorted(answer.json or {}) == ["error", "statusCode"]
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("path", ["/", "/login", "/passkeys"])
def test_a_page_says_503(away: Person, path: str) -> None:
    answer = away.get(path)
    assert (answer.status_code, answer.mimetype) == (503, "text/html")


def test_what_needs_no_database_still_answers(away: Person) -> None:
    assert away.get("/api/version").status_code == 200
    assert away.get("/static/css/passline.css", buffered=True).status_code == 200


def test_the_service_recovers_when_the_database_is_back(
    away: Person, database_url: str, tmp_path: Path
) -> None:
    assert away.get("/api/user").status_code == 503
    if database_url.startswith("sqlite"):
        (tmp_path / "passline.db").rmdir()
        (tmp_path / "away.db").rename(tmp_path / "passline.db")
        assert away.get("/api/user").status_code == 503  # until a restart
    database.bind(database_url)
    assert away.get("/api/user").status_code == 200
