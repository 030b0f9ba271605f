"""flask user: accounts are made, listed, disabled, enabled and deleted.

One SUPERADMIN always remains.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.webauthn.errors import CredentialUnusable
from app.storage import database
from tests.cli.conftest import Run
from tests.core.refusals import is_refusal
from tests.live import ROOT
from tests.people import PASSWORD, Person

Told = Callable[..., Any]
NEW = "quite another phrase"
BOBS = "user_id = (SELECT id FROM users WHERE username = 'bob')"


def events(rows: Callable[..., list[tuple[Any, ...]]]) -> list[str]:
    return [row[0] for row in rows("SELECT event FROM audit_events ORDER BY id")]


def test_the_first_account_is_a_superadmin_and_the_next_an_ordinary_user(
    told: Told, run: Run, rows: Any
) -> None:
    def create(*words: str) -> str:
        return str(told("user", "create", *words, "--password-stdin", typed=PASSWORD)["role"])

    assert create("ada") == "SUPERADMIN"
    assert create("bob") == "USER"
    assert create("cid", "--role", "ADMIN") == "ADMIN"
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    assert "Created dan, a USER" in run("user", "create", "dan", typed=typed).stdout
    assert events(rows) == ["account:user:created"] * 4


def test_an_account_that_was_made_can_sign_in(run: Run, stranger: Person) -> None:
    run("user", "create", "eve", "--password-stdin", typed=PASSWORD + "\n")
    assert stranger.log_in().status_code == 200


def test_the_prompt_shows_no_password_and_asks_twice(run: Run) -> None:
    result = run("user", "create", "ada", typed=f"{PASSWORD}\n{NEW}\n", fails=True)
    assert "do not match" in result.output
    assert PASSWORD not in result.output


def test_without_a_terminal_the_prompt_says_what_to_do(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "user", "create", "bob"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"PASSLINE_DATA_DIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.endswith(
        "Error: There is no terminal to prompt for the password; use --password-stdin.\n"
    )
    assert "Warning" not in done.stderr


@pytest.mark.parametrize(
    ("words", "typed", "says"),
    [
        (["create", "ada"], PASSWORD, "taken"),
        (["create", "bob"], "short", "at least 8"),
        (["create", "b\u200bob"], PASSWORD, "invisible"),
        (["passwd", "ada"], "short", "at least 8"),
        (["passwd", "nobody"], PASSWORD, "There is no account 'nobody'"),
    ],
)
def test_what_is_refused_is_told_in_a_sentence(
    run: Run, ada: Person, words: list[str], typed: str, says: str
) -> None:
    result = run("user", *words, "--password-stdin", typed=typed, fails=True)
    assert result.output.count("Error: ") == 1
    assert says in result.output
    assert "Traceback" not in result.output


def test_the_list_tells_of_every_account(told: Told, run: Run, bob: Person) -> None:
    bob.add_passkey()
    ada, second = told("user", "list")
    assert (ada["username"], ada["role"]) == ("ada", "SUPERADMIN")
    assert (ada["passkeys"], ada["sessions"]) == (0, 1)
    assert (second["username"], second["role"], second["passkeys"]) == ("bob", "USER", 1)
    assert (second["has_password"], second["disabled_at"]) == (True, None)
    assert second["created_at"][-1] == "Z"
    assert [each["username"] for each in told("user", "list", "--search", "BO")] == ["bob"]
    assert [each["username"] for each in told("user", "list", "--limit", "1")] == ["ada"]
    table = run("user", "list").stdout.splitlines()
    assert table[0].split()[:3] == ["ID", "USERNAME", "ROLE"]
    assert table[1].split()[1] == "ada"


def test_the_list_of_nobody_says_so(run: Run) -> None:
    assert run("user", "list").stdout == "No accounts.\n"


def test_an_account_is_found_by_name_in_any_case_and_by_id(told: Told, bob: Person) -> None:
    user_id = told("user", "enable", "BOB")["id"]
    assert told("user", "enable", user_id)["username"] == "bob"


def test_a_new_password_ends_the_sessions_and_replaces_the_old_one(
    run: Run, ada: Person, rows: Any
) -> None:
    run("user", "passwd", "ada", "--password-stdin", typed=NEW)
    assert not ada.signed_in()
    assert ada.log_in().status_code == 400
    assert events(rows)[-1] == "account:password:changed"
    assert ada.log_in(NEW).status_code == 200


def test_a_role_is_given(told: Told, run: Run, bob: Person, rows: Any) -> None:
    run("user", "role", "bob", "ADMIN")
    assert [each["role"] for each in told("user", "list")] == ["SUPERADMIN", "ADMIN"]
    assert events(rows)[-1] == "account:role:changed"
    assert "Invalid value" in run("user", "role", "bob", "KING", fails=True).output


def refusal(answer: Any) -> tuple[int, Any]:
    return answer.status_code, answer.json


def token_works(app: Flask, token: str) -> bool:
    """Return whether a request that shows this API token alone is somebody's."""
    return Person(app, "x").get("/passkeys", headers={"Authorization": token}).status_code == 200


def test_a_disabled_account_is_refused_every_way_in(run: Run, bob: Person, rows: Any) -> None:
    bob.add_passkey()
    token = bob.api_token()
    other = Person(bob.app, "nobody")
    other.authenticator = bob.authenticator
    unknown_password = refusal(other.log_in())
    run("user", "disable", "bob")
    assert events(rows)[-1] == "account:user:disabled"
    assert rows(f"SELECT count(*) FROM sessions WHERE {BOBS}") == [(0,)]
    assert not bob.signed_in()
    assert not token_works(bob.app, token)
    assert refusal(bob.log_in()) == unknown_password
    is_refusal(bob.sign_in(), CredentialUnusable)  # not unknown: no device is to forget it


def test_a_session_that_began_in_the_moment_of_disabling_does_not_live(
    run: Run, bob: Person, rows: Any
) -> None:
    kept, *_ = rows(f"SELECT * FROM sessions WHERE {BOBS}")
    run("user", "disable", "bob")
    marks = ", ".join([database.db.obj.param] * len(kept))
    database.db.execute_sql(f"INSERT INTO sessions VALUES ({marks})", kept)
    assert not bob.signed_in()
    run("user", "enable", "bob")
    assert not bob.signed_in()


def test_an_enabled_account_has_its_passkeys_password_and_token_again(
    run: Run, bob: Person, rows: Any
) -> None:
    bob.add_passkey()
    token = bob.api_token()
    run("user", "disable", "bob")
    run("user", "enable", "bob")
    assert events(rows)[-1] == "account:user:enabled"
    assert bob.log_in().status_code == bob.sign_in().status_code == 200
    assert token_works(bob.app, token)


def test_a_deleted_account_is_gone_with_its_passkeys_and_sessions(
    run: Run, told: Told, bob: Person, rows: Any
) -> None:
    bob.add_passkey()
    run("user", "delete", "bob", "--yes")
    assert [each["username"] for each in told("user", "list")] == ["ada"]
    assert rows("SELECT count(*) FROM passkeys") == [(0,)]
    assert rows("SELECT count(*) FROM sessions") == [(1,)]
    assert events(rows)[-1] == "account:user:deleted"
    assert not bob.signed_in()


def test_nothing_is_deleted_without_a_yes(run: Run, told: Told, bob: Person) -> None:
    assert "Aborted" in run("user", "delete", "bob", typed="n\n", fails=True).output
    assert len(told("user", "list")) == 2
    run("user", "delete", "bob", typed="y\n")
    assert len(told("user", "list")) == 1


@pytest.mark.parametrize(
    "words", [["disable", "ada"], ["delete", "ada", "--yes"], ["role", "ada", "ADMIN"]]
)
def test_the_last_superadmin_stays_one(run: Run, told: Told, bob: Person, words: list[str]) -> None:
    assert "last SUPERADMIN" in run("user", *words, fails=True).output
    run("user", "role", "bob", "SUPERADMIN")
    run("user", "disable", "bob")  # a disabled one does not count
    assert "last SUPERADMIN" in run("user", *words, fails=True).output
    run("user", "enable", "bob")
    run("user", *words)
    assert told("user", "list")[-1]["role"] == "SUPERADMIN"
    assert bob.log_in().status_code == 200
