"""fail2ban's filter finds refused sign-ins in Passline's own log, and nothing else."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from app.storage import database
from tests.authenticator import forged
from tests.conftest import MakeApp
from tests.people import API, Person

FILTER = Path(__file__).parents[2] / "deploy" / "fail2ban" / "passline.conf"
formats = pytest.mark.parametrize("log_format", ["text", "json"])
needs_fail2ban = pytest.mark.skipif(
    shutil.which("fail2ban-regex") is None and not os.environ.get("CI"),
    reason="fail2ban is not installed; in CI it has to be",
)
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
# What stands before a line: nothing, or what the journal puts there.
JOURNAL = "Nov 26 05:00:00 host gunicorn[77]: "
places = pytest.mark.parametrize("before", ["", JOURNAL], ids=["file", "journal"])


def banned(log: Path) -> list[str]:
    """Return the address of each line that the filter finds."""
    command = ["fail2ban-regex", "--out", "ip", str(log), str(FILTER)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.split()


def logged(capfd: pytest.CaptureFixture[str], folder: Path, before: str) -> Path:
    """Return a file with what was logged, each line with `before` before it."""
    log = folder / "passline.log"
    lines = capfd.readouterr().err.splitlines()
    log.write_text("".join(f"{before}{line}\n" for line in lines))
    return log


def refusals(capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines that were logged of refused sign-ins."""
    lines = capfd.readouterr().err.splitlines()
    return [line for line in lines if "account:login:refused" in line]


def seen_from(app: Flask, username: str, address: str) -> Person:
    """Return somebody whose browser has this address."""
    person = Person(app, username)
    person.browser.environ_base["REMOTE_ADDR"] = address
    return person


@needs_fail2ban
@formats
@places
def test_it_finds_who_is_refused(
    make_app: MakeApp,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    log_format: str,
    before: str,
) -> None:
    app = make_app(LOG_FORMAT=log_format, LOG_REQUESTS="on")
    ada = seen_from(app, "ada", "192.0.2.1").set_up()
    ada.add_passkey()
    ada.log_out()
    guesser, forger = seen_from(app, "ada", "192.0.2.7"), seen_from(app, "ada", "2001:db8::7")
    forger.authenticator = ada.authenticator
    for _ in range(2):
        assert guesser.log_in("a wrong password").status_code == 400
    assert forger.sign_in(signature=forged).status_code == 400
    assert ada.sign_in().status_code == ada.log_in().status_code == 200
    assert banned(logged(capfd, tmp_path, before)) == ["192.0.2.7", "192.0.2.7", "2001:db8::7"]


@needs_fail2ban
@formats
@places
def test_nobody_bans_another_by_what_is_sent(
    make_app: MakeApp,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    log_format: str,
    before: str,
) -> None:
    app = make_app(LOG_FORMAT=log_format, LOG_REQUESTS="on")
    seen_from(app, "ada", "192.0.2.1").set_up()
    capfd.readouterr()
    lie = "account:login:refused address=203.0.113.9"
    eve = seen_from(app, "eve", "192.0.2.7")
    for text in (lie, f"\n2026-11-26 05:00:00,000 INFO {lie}", f'","message":"{lie}'):
        eve.post(f"{API}/sign-in/password", {"username": text, "password": text})
        eve.get("/login", query_string={"next": text}, headers={"User-Agent": text.strip()})
        odd = {"id": text, "response": {"clientDataJSON": text}}
        eve.post(f"{API}/sign-in/passkey", {"response": odd})
    log = logged(capfd, tmp_path, before)
    assert set(banned(log)) == {"192.0.2.7"}


@formats
def test_a_refused_passkey_is_logged_with_user_and_reason(
    make_app: MakeApp, capfd: pytest.CaptureFixture[str], log_format: str
) -> None:
    app = make_app(LOG_FORMAT=log_format)
    ada = seen_from(app, "ada", "192.0.2.1").set_up()
    ada.add_passkey()
    ada.log_out()
    capfd.readouterr()
    ada.sign_in(signature=forged)
    ada.sign_in(credential_id=b"nobody's credential id")
    known, unknown = refusals(capfd)
    for line, reason in ((known, "sign_in_refused"), (unknown, "credential_unknown")):
        assert reason in line
        assert "192.0.2.1" in line
    assert re.search(r'\buser"?[=:]"?c\w{24}', known)
    assert not re.search(r'\buser"?[=:]', unknown)


@formats
def test_a_refusal_names_the_user_of_the_passkey_that_cannot_be_used_here(
    make_app: MakeApp, capfd: pytest.CaptureFixture[str], log_format: str
) -> None:
    app = make_app(LOG_FORMAT=log_format)
    ada = seen_from(app, "ada", "192.0.2.1").set_up()
    ada.add_passkey()
    ada.log_out()
    database.db.execute_sql("UPDATE users SET disabled_at = 1")
    capfd.readouterr()
    ada.sign_in()
    [line] = refusals(capfd)
    assert "credential_unusable" in line
    assert re.search(r'\buser"?[=:]"?c\w{24}', line)


@formats
def test_a_refusal_does_not_name_who_is_signed_in(
    make_app: MakeApp, capfd: pytest.CaptureFixture[str], log_format: str
) -> None:
    app = make_app(LOG_FORMAT=log_format)
    ada = seen_from(app, "ada", "192.0.2.1").set_up()
    capfd.readouterr()
    assert ada.log_in("a wrong password").status_code == 400
    [line] = refusals(capfd)
    assert not re.search(r'\buser"?[=:]', line)


@formats
def test_whoever_tries_too_often_is_logged_as_refused(
    make_app: MakeApp, capfd: pytest.CaptureFixture[str], log_format: str
) -> None:
    app = make_app(LOG_FORMAT=log_format)
    seen_from(app, "ada", "192.0.2.1").set_up()
    guesser = seen_from(app, "ada", "192.0.2.7")
    statuses = [guesser.log_in("a wrong password").status_code for _ in range(8)]
    assert statuses == [400] * 6 + [429] * 2
    lines = refusals(capfd)
    assert len(lines) == 8
    assert all("throttled" in each and "192.0.2.7" in each for each in lines[6:])
