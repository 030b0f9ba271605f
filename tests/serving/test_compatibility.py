"""Where gunicorn lacks what our worker needs, its plain worker runs, with a warning."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.serving import compatibility
from tests.live import ROOT, Client, free_port
from tests.test_starting import stopped, wait_for


def test_this_version_lacks_nothing() -> None:
    assert compatibility.lacking() == []
    assert compatibility.worker([]) == ("app.serving.worker.Worker", 4)


@pytest.mark.slow
def test_without_one_of_the_names_the_server_answers_all_the_same_and_warns(
    tmp_path: Path,
) -> None:
    # Take away what an older version lacks, and bridge gunicorn's own use of it.
    (tmp_path / "sitecustomize.py").write_text(
        "from gunicorn.workers.gthread import ThreadWorker\n"
        "kept = ThreadWorker.murder_pending\n"
        "del ThreadWorker.murder_pending\n"
        "ThreadWorker.__getattr__ = lambda self, name: kept.__get__(self)"
        " if name == 'murder_pending' else object.__getattribute__(self, name)\n"
    )
    port, log = free_port(), tmp_path / "log"
    env = {each: value for each, value in os.environ.items() if not each.startswith("PASSLINE_")}
    env |= {"PYTHONPATH": str(tmp_path), "PORT": str(port)}
    env |= {"PASSLINE_DATA_DIR": str(tmp_path / "data"), "PASSLINE_ARGON2": "m=8,t=1,p=1"}
    command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output)
        with stopped(process):
            wait_for(process, port)
            ada = Client(port)
            body = {"username": "ada", "password": "correct horse"}
            assert ada.call("POST", "/account/api/setup", body).status == 200
            assert ada.call("GET", "/account/api/passkeys").status == 200
    said = log.read_text()
    assert "lacks ThreadWorker.murder_pending" in said
    assert "32 clients that send slowly stop it" in said
    assert "Using worker: gthread" in said
