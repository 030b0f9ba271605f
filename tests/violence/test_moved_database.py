"""A SQLite file that is moved or removed under the server: nothing is acknowledged."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live import PASSKEYS, ROOT, Client
from tests.ops.gunicorn import Running, environment, running

pytestmark = pytest.mark.slow
ADA = {"username": "ada", "password": "correct horse battery"}
EVE = {"username": "eve", "password": "correct horse battery"}


def moved(file: Path) -> None:
    file.rename(file.with_name("elsewhere.db"))


def removed(file: Path) -> None:
    file.unlink()


def replaced(file: Path) -> None:
    copy = file.with_name("copy.db")
    copy.write_bytes(file.read_bytes())
    copy.rename(file)


def refuses_everything(server: Running, ada: Client, held: dict[str, object]) -> None:
    answers = {
        "set up": server.client().call("POST", "/account/api/setup", EVE),
        "register": server.client().call("POST", "/account/api/registration", EVE),
        "sign in": server.client().call("POST", "/account/api/sign-in/password", ADA),
        "add": ada.call("POST", PASSKEYS, {"response": held, "name": "lost"}),
        "ready": server.client().call("GET", "/readyz"),
    }
    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(answers, 503)


@pytest.mark.parametrize("happens", [moved, removed, replaced])
def test_until_a_restart_nothing_is_written(
    tmp_path: Path, happens: Callable[[Path], None]
) -> None:
    file = tmp_path / "data" / "passline.db"
    with running(tmp_path, workers=2, REGISTRATION="open") as server:
        ada = server.client()
        assert ada.call("POST", "/account/api/setup", ADA).status == 200
        held = ada.attestation()
        happens(file)
        for _ in range(3):
            refuses_everything(server, ada, held)
        assert ada.call("GET", "/healthz").status == 200
        time.sleep(1.2)  # housekeeping looks each second
        assert file.exists() == (happens is replaced)
        assert "the database file was moved or replaced" in server.log.read_text()


def test_not_even_when_the_file_is_back(tmp_path: Path) -> None:
    file = tmp_path / "data" / "passline.db"
    with running(tmp_path, REGISTRATION="open") as server:
        ada = server.client()
        assert ada.call("POST", "/account/api/setup", ADA).status == 200
        held = ada.attestation()
        moved(file)
        refuses_everything(server, ada, held)
        file.with_name("elsewhere.db").rename(file)
        refuses_everything(server, ada, held)
    with running(tmp_path) as server:
        assert server.client().call("POST", "/account/api/sign-in/password", ADA).status == 200


def test_no_command_makes_a_file_in_the_place_of_one_that_a_server_lost(tmp_path: Path) -> None:
    file = tmp_path / "data" / "passline.db"
    with running(tmp_path) as server:
        assert server.client().call("POST", "/account/api/setup", ADA).status == 200
        moved(file)
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "doctor"]
        env = environment(tmp_path, server.port)
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == 3
        assert "is missing but its log" in done.stderr
        assert not file.exists()
