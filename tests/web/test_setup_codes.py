"""The first account needs a code from the server's log, except on localhost."""

import re
from typing import Any

import pytest
from flask import Flask

from app.core import setup_codes
from tests.conftest import MakeApp
from tests.people import API, Person

REMOTE = {"RP_ID": "auth.example.com", "ORIGINS": "https://auth.example.com"}
WAYS = {
    "setup": f"{API}/setup",
    "registration": f"{API}/registration",
    "zipline's setup": "/api/setup",
    "zipline's registration": "/api/auth/register",
}
ways = pytest.mark.parametrize(
    "way",
    [
        pytest.param(path, id=name, marks=[pytest.mark.zipline] if "zipline" in name else [])
        for name, path in WAYS.items()
    ],
)


@pytest.fixture
def remote(make_app: MakeApp) -> Flask:
    """A new service that strangers can reach, in which anybody may register."""
    return make_app(**REMOTE, REGISTRATION="open")


def codes(log: str) -> list[str]:
    """Return the set-up codes that were logged."""
    return re.findall(r"https://auth\.example\.com/setup\?code=([\w-]{22})\b", log)


@ways
@pytest.mark.parametrize("code", [None, "", "AAAAAAAAAAAAAAAAAAAAAA", "\0"])
def test_without_the_code_nobody_is_the_first(
    remote: Flask, rows: Any, way: str, code: str | None
) -> None:
    eve = Person(remote, "eve")
    answer = eve.post(way, eve.credentials() | ({} if code is None else {"code": code}))
    assert answer.status_code == 403
    if way.startswith(API):
        assert (answer.json or {})["error"] == "setup_code_needed"
    else:
        assert (answer.json or {})["code"] == 9001
        first = "This set-up code is wrong." if code else "The first account needs a set-up code."
        assert (answer.json or {})["error"].startswith(f"E9001: {first} The server's log has a")
    assert rows("SELECT * FROM users") == []


@ways
def test_with_the_code_of_any_start_the_first_account_is_made(
    make_app: MakeApp, rows: Any, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        app = make_app(**REMOTE)
    logged = codes(capfd.readouterr().err)
    assert len(logged) == len(set(logged)) == 3
    ada = Person(app, "ada")
    assert ada.post(way, ada.credentials() | {"code": logged[0]}).status_code == 200
    assert rows("SELECT username, role FROM users") == [("ada", "SUPERADMIN")]
    assert rows("SELECT * FROM setup_codes") == []


def test_no_log_level_hides_it(make_app: MakeApp, capfd: pytest.CaptureFixture[str]) -> None:
    make_app(**REMOTE, LOG_LEVEL="error")
    assert len(codes(capfd.readouterr().err)) == 1


@ways
def test_a_code_makes_one_account_only(remote: Flask, rows: Any, way: str) -> None:
    ada, eve = Person(remote, "ada"), Person(remote, "eve")
    founding = ada.founding()
    assert ada.post(way, founding).status_code == 200
    assert eve.post(way, founding | {"username": "eve"}).status_code in (400, 403)
    assert rows("SELECT username FROM users") == [("ada",)]


def test_only_its_digest_is_stored(remote: Flask, rows: Any) -> None:
    code = Person(remote, "ada").founding()["code"]
    stored = rows("SELECT * FROM setup_codes")
    assert len(stored) == 2  # one of the start, one of the line above
    assert code.encode() not in b"".join(bytes(digest) for digest, _ in stored)


def test_once_there_is_an_account_no_start_logs_a_code(
    make_app: MakeApp, capfd: pytest.CaptureFixture[str]
) -> None:
    Person(make_app(**REMOTE), "ada").set_up()
    capfd.readouterr()
    make_app(**REMOTE)
    assert codes(capfd.readouterr().err) == []


@pytest.mark.parametrize("rp_id", ["localhost", "passline.localhost"])
def test_on_localhost_there_is_no_code(
    make_app: MakeApp, rows: Any, capfd: pytest.CaptureFixture[str], rp_id: str
) -> None:
    app = make_app(RP_ID=rp_id, ORIGINS=f"http://{rp_id}:8000")
    ada = Person(app, "ada")
    assert "code=" not in capfd.readouterr().err
    assert 'name="code"' not in ada.get("/setup").text
    assert ada.post(f"{API}/setup", ada.credentials()).status_code == 200


def test_the_page_takes_the_code_of_the_link(remote: Flask) -> None:
    page = Person(remote, "ada").get('/setup?code=abc"<b>').text
    assert 'name="code"' in page
    assert 'value="abc&#34;&lt;b&gt;"' in page


def test_codes_are_random(app: Flask) -> None:
    with app.app_context():
        assert len({setup_codes.issue() for _ in range(50)}) == 50
