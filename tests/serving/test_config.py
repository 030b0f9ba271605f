"""gunicorn's settings, under the name they have now and under that of Passline 0.1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live import ROOT, Client, free_port
from tests.test_starting import stopped, wait_for


@pytest.mark.slow
@pytest.mark.parametrize("module", ["app.serving.config", "app.server"])
def test_an_installed_unit_serves_by_it(tmp_path: Path, module: str) -> None:
    port, log = free_port(), tmp_path / "log"
    env = {name: value for name, value in os.environ.items() if not name.startswith("PASSLINE_")}
    env |= {"PORT": str(port), "PASSLINE_DATA_DIR": str(tmp_path / "data")}
    env |= {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "gunicorn", "-c", f"python:{module}", "app:create_app()"]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=output, stderr=output)
        with stopped(process):
            wait_for(process, port)
            assert Client(port).call("GET", "/login").status == 302
    assert "Using worker: app.serving.worker.Worker" in log.read_text()
