"""Starting: with nothing set, again, and with wrong settings."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import create_app
from app.settings import NAMES
from app.storage import database
from tests.live import ROOT, Client, free_port, server

pytestmark = pytest.mark.slow


@contextlib.contextmanager
def stopped(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Terminate the process at the end."""
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the server answers."""
    for _ in range(400):
        with contextlib.suppress(OSError):
            if Client(port).call("GET", "/readyz").status == 200:
                return
        assert process.poll() is None, "the server ended"
        time.sleep(0.05)
    raise AssertionError("the server does not answer")


def ended_by_itself(
    command: list[str], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command until it ends, for a minute at most."""
    options = {"capture_output": True, "text": True, "timeout": 60, "check": False}
    return subprocess.run(command, cwd=ROOT, env=environment, **options)


def test_wrong_settings_end_the_start_before_a_socket_is_bound_with_every_fault(
    tmp_path: Path,
) -> None:
    port = free_port()
    wrong = {"PASSLINE_CHALLENGE_TTL": "soon", "PASSLINE_RP_ID": "com"}
    env = {**os.environ, **wrong, "PASSLINE_DATA_DIR": str(tmp_path), "PORT": str(port)}
    ended = ended_by_itself([sys.executable, "-m", "gunicorn", "wsgi:app"], env)
    assert ended.returncode != 0
    assert "2 settings need fixing" in ended.stderr
    assert "PASSLINE_CHALLENGE_TTL" in ended.stderr
    assert "PASSLINE_RP_ID" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Listening" not in ended.stderr
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_worker_that_refuses_its_settings_is_not_started_for_ever(tmp_path: Path) -> None:
    env = {**os.environ, "PASSLINE_RP_ID": "com", "PASSLINE_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "gunicorn", "-c", os.devnull, "-b", f"127.0.0.1:{free_port()}"]
    ended = ended_by_itself([*command, "--no-control-socket", "app:create_app()"], env)
    assert ended.returncode != 0
    assert ended.stderr.count("Passline cannot start") == 1


def test_a_second_start_keeps_accounts_sessions_and_the_secret_key(tmp_path: Path) -> None:
    with server(tmp_path / "data") as port:
        ada = Client(port)
        account = {"username": "ada", "password": "correct horse"}
        assert ada.call("POST", "/account/api/setup", account).status == 200
        assert ada.call("GET", "/account/api/passkeys").status == 200
        secret = (tmp_path / "data/secret_key").read_bytes()
    with server(tmp_path / "data", port=port):
        assert ada.call("GET", "/account/api/passkeys").status == 200
        assert (tmp_path / "data/secret_key").read_bytes() == secret


def test_every_setting_stands_in_the_readme_and_no_other() -> None:
    readme = (ROOT / "README.md").read_text()
    table = re.findall(r"^\| `(PASSLINE_[A-Z0-9_]+)` \|", readme, re.M)
    assert set(table) == set(NAMES)


def test_a_missing_postgresql_driver_is_named_with_its_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # As where `passline` was installed without the extra.
    monkeypatch.setattr(database, "find_spec", lambda _: None)
    monkeypatch.setenv("PASSLINE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PASSLINE_DATABASE_URL", "postgresql://nobody@127.0.0.1/nothing")
    with pytest.raises(SystemExit):
        create_app()
    said = capsys.readouterr().err
    assert "pip install 'psycopg[binary]', or '.[postgresql]' in a checkout" in said
    assert "passline[" not in said  # no index has a package of that name


@pytest.fixture
def no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another kind in the database's place."""
    (tmp_path / "passline.db").write_text("a letter to somebody else, and no database\n" * 100)
    monkeypatch.setenv("PASSLINE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("PASSLINE_DATABASE_URL", raising=False)


@pytest.mark.usefixtures("no_database")
def test_a_start_names_a_file_that_is_no_database(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        create_app()
    assert ended.value.code == 3
    assert "cannot be opened (file is not a database)" in capsys.readouterr().err


@pytest.mark.usefixtures("no_database")
def test_the_doctor_names_a_file_that_is_no_database() -> None:
    done = create_app(upgrade=False).test_cli_runner().invoke(args=["doctor"])
    assert done.exit_code == 1
    assert "It cannot be used (file is not a database)." in done.stdout
