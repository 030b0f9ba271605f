"""What the README says to type works."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.live import ROOT, server


@pytest.mark.slow
@pytest.mark.zipline
def test_the_api_tour_works_as_it_stands(tmp_path: Path) -> None:
    assert shutil.which("curl"), "the tour needs curl"
    [tour] = re.findall(r"```sh tour\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert tour.count("curl -s") >= 9
    with server(tmp_path / "data") as port:
        script = tour.replace("localhost:8000", f"127.0.0.1:{port}")
        script = script.replace("curl -s", "curl -sS --fail-with-body")
        command = ["bash", "-euo", "pipefail", "-c", script]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"SUPERADMIN"' in done.stdout
    assert '"loggedOut":true' in done.stdout


def test_every_file_that_the_readme_links_to_exists() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / "README.md").read_text()):
        assert (ROOT / target).exists(), target
