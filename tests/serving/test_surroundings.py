"""Where no temporary folder can be written, DATA_DIR is one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live import ROOT, Client, free_port
from tests.ops.gunicorn import environment
from tests.test_starting import stopped, wait_for

# Everything is read-only for the server but its data.
READ_ONLY = """
set -e
for folder in /tmp /var/tmp /usr/tmp "$PWD"; do
    [ -d "$folder" ] || continue
    mount --bind "$folder" "$folder"
done
mount --bind {data} {data}
for folder in /tmp /var/tmp /usr/tmp "$PWD"; do
    [ -d "$folder" ] || continue
    mount -o remount,bind,ro "$folder"
done
exec {command}
"""


def may_mount() -> bool:
    """Return whether a mount namespace can be made here."""
    unshare = shutil.which("unshare")
    command = [unshare or "", "-m", "mount", "--bind", "/tmp", "/tmp"]
    return bool(unshare) and subprocess.run(command, capture_output=True).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not may_mount(), reason="needs a mount namespace of its own")
@pytest.mark.parametrize("by_file", [False, True], ids=["by value", "by file"])
def test_on_a_read_only_root_the_server_starts_and_counts(tmp_path: Path, by_file: bool) -> None:
    data, port, log = tmp_path / "data", free_port(), tmp_path / "log"
    data.mkdir()
    (tmp_path / "name").write_text(f"{data}\n")
    where = {"DATA_DIR": "", "DATA_DIR_FILE": tmp_path / "name"} if by_file else {"DATA_DIR": data}
    env = environment(tmp_path, port, METRICS="127.0.0.1", **where)
    env = {**env, "TMPDIR": "/nowhere", "PYTHONDONTWRITEBYTECODE": "1"}
    gunicorn = f"{sys.executable} -m gunicorn --pythonpath {ROOT} -c python:app.serving.config"
    script = READ_ONLY.format(data=data, command=f"{gunicorn} wsgi:app")
    with log.open("wb") as output:
        command = ["unshare", "-m", "bash", "-c", script]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output)
        with stopped(process):
            wait_for(process, port)
            ada = Client(port)
            body = {"username": "ada", "password": "correct horse battery staple"}
            assert ada.call("POST", "/account/api/setup", body).status == 200
            counted = ada.call("GET", "/metrics").body.decode()
            assert 'route="/account/api/setup",status="200"} 1.0' in counted
            assert list(data.glob("passline-metrics-*"))
    assert not list(data.glob("passline-metrics-*")), log.read_text()


def chosen(code: str, **env: str) -> str:
    """Return what tempfile chooses after `code` has run, in a process of its own."""
    program = (
        f"import tempfile; {code}\n"
        "from app.serving.surroundings import find_temporary_folder\n"
        "find_temporary_folder(); print(tempfile.gettempdir())"
    )
    command = [sys.executable, "-c", program]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PASSLINE_")}
    done = subprocess.run(
        command, cwd=ROOT, env=clean | env, text=True, capture_output=True, check=True
    )
    return done.stdout.strip()


NOWHERE = "tempfile._candidate_tempdir_list = lambda: [__import__('os').environ['TMPDIR'], '/proc']"


def test_a_folder_that_can_be_written_is_left_alone(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    assert chosen("", TMPDIR=str(tmp_path), PASSLINE_DATA_DIR=data) == str(tmp_path)
    assert not Path(data).exists()


def test_else_the_data_s_folder_is_made_for_this_user_only(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    assert chosen(NOWHERE, TMPDIR="/proc", PASSLINE_DATA_DIR=str(data)) == str(data)
    assert data.stat().st_mode & 0o777 == 0o700
