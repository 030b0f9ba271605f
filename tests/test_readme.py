"""What the README says to type works."""

import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from app.core import audit, session_cap, sign_in_attempts, throttle
from app.core.webauthn import challenges
from app.serving import arriving, turns
from app.serving.worker import Worker
from app.settings import Settings
from app.web import bodies
from tests.live import ROOT, server
from tests.violence.__main__ import PROGRAMS


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


def test_the_bounds_that_it_states_are_the_code_s() -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())
    seconds = {5.0: "five"}  # in words
    defaults = {each.name: each.metadata["default"] for each in fields(Settings)}
    for stated in (
        f"{challenges.MOST_OF_ALL:,} challenges",
        f"{sign_in_attempts.MOST_OF_ALL:,} sign-ins in steps",
        f"{throttle.MOST_OF_ALL:,} counted failures",
        f"at most {session_cap.MOST} sessions",
        f"{audit.MOST} audit events of a kind per day",
        f"{Worker.patience:.0f} seconds to arrive and its answer {Worker.patience:.0f} to be read",
        f"who has waited for {seconds.get(Worker.turn_patience)} seconds",
        f"beyond {turns._MOST} or {turns._MOST_BYTES >> 20} MiB that wait",
        f"head may have {arriving._HEAD >> 10} KiB, its body {bodies.LARGEST >> 10} KiB",
        f"shares {Worker.budget >> 20} MiB per worker",
        f"`PASSLINE_AUDIT_RETENTION` | `{defaults['audit_retention']}`",
    ):
        assert stated in readme


def test_the_programs_that_break_a_service_are_named() -> None:
    named = (ROOT / "CONTRIBUTING.md").read_text()
    assert [name for name in PROGRAMS if f"`{name}`" not in named] == []


def test_every_file_that_the_readme_links_to_exists() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / "README.md").read_text()):
        assert (ROOT / target).exists(), target
