"""flask db restore and second factors: what is forgotten, and what is back."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.operations import backups
from app.storage import database
from app.storage.models import Passkey, RecoveryCode, Totp
from tests.cli.conftest import Run
from tests.cli.test_db import on_postgresql, on_sqlite
from tests.cli.test_factors import turn_totp_on
from tests.live import ROOT
from tests.people import API, Person

OLD = ROOT / "tests/data/0.1.0/passline.db"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.db"


def counts() -> dict[str, int]:
    """Return how many rows there are of what a restore forgets."""
    query = "SELECT count(*) FROM {}"
    return {
        table: database.db.execute_sql(query.format(table)).fetchone()[0]
        for table in backups.FORGOTTEN
    }


def everything(ada: Person, run: Run) -> list[str]:
    """Let ada have all that a restore forgets; return her recovery codes."""
    ada.add_passkey("Lost")
    _, codes = turn_totp_on(ada)
    other = Person(ada.app, "ada")
    assert other.log_in().status_code == 200  # waits for its second step
    other.request_options()
    run("user", "create", "bob", "--password-stdin", typed=ada.password)
    bob = Person(ada.app, "bob")
    bob.log_in()
    assert bob.post(f"{API}/totp/offer").status_code == 200
    run("user", "link", "bob")
    return codes


@on_sqlite
def test_what_is_under_way_is_forgotten_and_what_was_removed_is_back(
    run: Run, ada: Person, file: Path, rows: Any
) -> None:
    [code, *_] = everything(ada, run)
    assert all(counts().values()), counts()
    run("db", "backup", str(file))
    token = ada.api_token()
    recover = ada.credentials() | {"code": code}
    assert ada.post(f"{API}/recover", recover).status_code == 200
    assert RecoveryCode.select().count() == 9
    run("user", "reset-mfa", "ada", "--yes")
    told = json.loads(run("db", "restore", str(file), "--yes", "--json").stdout)
    assert told["forgotten"] == list(backups.FORGOTTEN)
    for back in ("passkeys", "authenticator apps", "recovery codes", "passwords", "API tokens"):
        assert back in told["warning"]
    assert not any(counts().values()), counts()
    assert (Totp.select().count(), Passkey.select().count()) == (1, 1)
    assert ada.api_token() == token
    assert RecoveryCode.select().count() == 10
    assert ada.post(f"{API}/recover", recover).status_code == 200
    query = "SELECT actor FROM audit_events WHERE event = 'service:database:restored'"
    assert rows(query) == [("command",)]


@on_sqlite
def test_people_are_told_what_is_back(run: Run, ada: Person, file: Path) -> None:
    run("db", "backup", str(file))
    said = run("db", "restore", str(file), "--yes").stdout
    assert "Everyone has to sign in again." in said
    assert "Remove again what was lost or stolen" in said


@on_sqlite
def test_a_backup_of_an_older_version_is_restored(run: Run, app: Any, file: Path) -> None:
    shutil.copy(OLD, file)
    assert "Restored" in run("db", "restore", str(file), "--yes").stdout
    assert "0007" in run("db", "upgrade").stdout


@on_postgresql
def test_the_commands_for_postgresql_forget_as_much(run: Run, ada: Person, file: Path) -> None:
    everything(ada, run)
    asked = run("db", "backup", str(file), fails=True).output
    told = run("db", "restore", str(file), fails=True).output
    assert "What was removed or replaced since the backup is back" in told
    commands = [
        line.strip()
        for line in (asked + told).splitlines()
        if line.startswith("  p") and "=" in line
    ]
    database.disconnect()
    for command in commands:
        subprocess.run(["sh", "-c", command], check=True)
    assert [each.split()[0] for each in commands] == ["pg_dump", "pg_restore", "psql"]
    assert not any(counts().values()), counts()
    assert Totp.select().count() == 1
