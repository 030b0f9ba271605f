"""flask db and cleanup: upgrades, and backups that come back whole or not at all."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from app.core import clock
from app.operations.backups import own_tool
from app.storage import database
from app.storage.models import Challenge
from tests.cli.conftest import Run
from tests.conftest import MakeApp, close_database
from tests.live import ROOT, Client, server
from tests.people import Person

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


def flask(
    *words: str, entry: str = "wsgi", typed: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command as people do, in a process of its own."""
    env = os.environ | {f"PASSLINE_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "flask", "--app", entry, *words]
    read = {"capture_output": True, "text": True, "check": False}
    return subprocess.run(command, cwd=ROOT, env=env, input=typed, **read)


@pytest.mark.slow
def test_the_status_of_a_database_that_is_behind_is_told_and_left(database_url: str) -> None:
    def db(*words: str) -> str:
        return flask("db", *words, DATABASE_URL=database_url).stdout

    rows = json.loads(db("status", "--json"))
    assert [row["name"][:4] for row in rows[:2]] == ["0001", "0002"]
    assert {row["applied"] for row in rows} == {None}
    assert f"The database lacks {len(rows)} of them" in db("status")
    assert "0001_initial" in db("upgrade")
    assert "The database is up to date." in db("status")


@pytest.mark.slow
@pytest.mark.parametrize("entry", ["wsgi", "app"])
def test_any_other_command_upgrades_first(database_url: str, entry: str) -> None:
    done = flask("user", "list", entry=entry, DATABASE_URL=database_url)
    assert (done.returncode, done.stdout) == (0, "No accounts.\n")


def test_an_app_can_be_made_without_an_upgrade(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSLINE_DATABASE_URL", database_url)
    runner = create_app(upgrade=False).test_cli_runner()
    try:
        assert "The database lacks" in runner.invoke(args=["db", "status"]).stdout
        assert "Applied: 0001_initial" in runner.invoke(args=["db", "upgrade"]).stdout
        assert runner.invoke(args=["db", "upgrade"]).stdout == "The database is up to date.\n"
    finally:
        close_database()


@pytest.mark.slow
def test_wrong_settings_end_a_command_with_every_fault(tmp_path: Path) -> None:
    done = flask("doctor", RP_ID="com", CHALLENGE_TTL="soon")
    assert done.returncode != 0
    assert "2 settings need fixing" in done.stderr
    assert "Traceback" not in done.stderr


def test_cleanup_deletes_what_has_expired(run: Run, app: Any) -> None:
    same = {"ceremony": "x", "rp_id": "x", "user_verification": "x"}
    for digest, age in ((b"0", -1), (b"1", 60_000)):
        Challenge.insert(digest=digest, expires_at=clock.now() + age, **same).execute()
    assert json.loads(run("cleanup", "--json").stdout) == {"deleted": 1}
    assert run("cleanup").stdout == "Deleted 0 expired rows.\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.db"


@on_sqlite
def test_a_backup_is_whole_checked_and_for_this_user_alone(
    run: Run, ada: Person, file: Path
) -> None:
    assert "and checked it" in run("db", "backup", str(file)).stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.glob("*backup*")) == [file]  # nothing beside it
    with sqlite3.connect(file) as copy:
        assert copy.execute("SELECT username FROM users").fetchall() == [("ada",)]
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copy.close()


@on_sqlite
def test_a_backup_overwrites_nothing_unless_forced(run: Run, ada: Person, file: Path) -> None:
    file.write_text("precious")
    assert "use another name, or --force" in run("db", "backup", str(file), fails=True).output
    assert file.read_text() == "precious"
    run("db", "backup", str(file), "--force")
    assert file.read_bytes().startswith(b"SQLite format 3")
    itself = database.db.obj.database
    assert "the database itself" in run("db", "backup", itself, "--force", fails=True).output


@on_sqlite
def test_a_backup_that_cannot_be_written_says_so(run: Run, ada: Person, tmp_path: Path) -> None:
    result = run("db", "backup", str(tmp_path / "nowhere/backup.db"), fails=True)
    assert "cannot be copied" in result.output


@on_sqlite
def test_a_restore_brings_back_the_accounts_and_no_session_or_challenge(
    run: Run, ada: Person, file: Path, rows: Any
) -> None:
    ada.add_passkey()
    ada.request_options()
    run("db", "backup", str(file))
    file.chmod(0o400)
    run("user", "create", "late", "--password-stdin", typed="correct horse battery")
    before = file.read_bytes()
    assert "Everyone has to sign in again" in run("db", "restore", str(file), "--yes").stdout
    assert rows("SELECT username FROM users") == [("ada",)]
    assert not ada.signed_in()
    assert rows("SELECT count(*) FROM challenges") == [(0,)]
    assert rows("SELECT event FROM audit_events ORDER BY id")[-1] == ("service:database:restored",)
    assert ada.sign_in().status_code == 200
    assert file.read_bytes() == before
    assert stat.S_IMODE(Path(database.db.obj.database).stat().st_mode) == 0o600


@on_sqlite
def test_a_backup_made_with_another_secret_key_starts_with_that_key_alone(
    run: Run, ada: Person, file: Path, tmp_path: Path, make_app: MakeApp
) -> None:
    token, old = ada.api_token(), (tmp_path / "data/secret_key").read_text()
    run("db", "backup", str(file))
    (tmp_path / "data/secret_key").unlink()
    run("keys", "adopt", "--yes")
    run("db", "restore", str(file), "--yes")
    with pytest.raises(SystemExit):
        make_app()
    (tmp_path / "data/secret_key").write_text(old)
    assert Person(make_app(), "ada").api_token() == token


@on_sqlite
def test_a_restore_needs_a_yes(run: Run, ada: Person, file: Path) -> None:
    run("db", "backup", str(file))
    assert "--yes" in run("db", "restore", str(file), fails=True).output
    assert ada.signed_in()


def damaged(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[4096 * 3 : 4096 * 5] = b"\x55" * 8192
    file.write_bytes(raw)


def of_the_future(file: Path) -> None:
    insert = "INSERT INTO schema_migrations (name, applied) VALUES ('9999_x', '2030-01-01')"
    with sqlite3.connect(file) as copy:
        copy.execute(insert)
    copy.close()


BROKEN = {
    "damaged": (damaged, ("damaged", "malformed", "not a Passline database")),
    "of a newer version": (of_the_future, ("newer Passline (9999_x)",)),
    "no database": (lambda file: file.write_text("hello" * 1000), ("not a database",)),
    "empty": (lambda file: file.write_bytes(b""), ("not a Passline database",)),
    "missing": (lambda file: file.unlink(), ("is not a file",)),
}


@on_sqlite
@pytest.mark.parametrize("kind", BROKEN)
def test_a_backup_that_is_not_sound_is_not_restored(
    run: Run, ada: Person, file: Path, kind: str
) -> None:
    run("db", "backup", str(file))
    spoil, sayings = BROKEN[kind]
    spoil(file)
    output = run("db", "restore", str(file), "--yes", fails=True).output
    assert any(each in output for each in sayings), output
    assert ada.signed_in()
    assert not list(file.parent.glob(".*"))


@pytest.mark.slow
def test_a_restore_is_refused_while_a_server_holds_the_database(tmp_path: Path, file: Path) -> None:
    data, account = tmp_path / "data", {"username": "ada", "password": "correct horse"}
    with server(data) as port:
        ada = Client(port)
        assert ada.call("POST", "/account/api/setup", account).status == 200
        assert flask("db", "backup", str(file), DATA_DIR=str(data)).returncode == 0
        refused = flask("db", "restore", str(file), "--yes", DATA_DIR=str(data))
        assert refused.returncode == 1
        assert "is in use" in refused.stderr
        assert ada.call("GET", "/account/api/passkeys").status == 200
    done = flask("db", "restore", str(file), "--yes", DATA_DIR=str(data))
    assert done.returncode == 0, done.stderr
    with server(data, port=port):
        assert ada.call("POST", "/account/api/sign-in/password", account).status == 200


@on_sqlite
def test_a_damaged_database_is_replaced_by_its_backup(run: Run, ada: Person, file: Path) -> None:
    run("db", "backup", str(file))
    close_database()
    Path(database.db.obj.database).write_bytes(b"ruined" * 5000)
    run("db", "restore", str(file), "--yes")
    assert ada.log_in().status_code == 200


@on_postgresql
def test_for_postgresql_the_command_that_is_named_works(
    make_app: MakeApp, run: Run, file: Path
) -> None:
    Person(make_app(), "ada").set_up()
    refused = run("db", "backup", str(file), fails=True)
    [command] = [line.strip() for line in refused.output.splitlines() if "pg_dump" in line]
    subprocess.run(["sh", "-c", command], check=True)
    assert file.read_bytes().startswith(b"PGDMP")
    assert "pg_restore" in run("db", "restore", str(file), fails=True).output


def test_the_command_for_postgresql_holds_no_password() -> None:
    url = "postgresql://ada:hunter2@db:5432/passline?password=hunter2&sslmode=require"
    shown = "'postgresql://ada@db:5432/passline?sslmode=require'"
    command = own_tool(url, "a b", restore=False)
    assert command == f"pg_dump --format=custom --file='a b' {shown}"
    assert "hunter2" not in own_tool("postgresql://ada:hunter2@db/p", "x", restore=True)
