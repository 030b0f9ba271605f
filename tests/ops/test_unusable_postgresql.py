"""A PostgreSQL that cannot be used is named in a sentence, wherever one meets it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from tests.conftest import close_database
from tests.live import ROOT, free_port
from tests.violence.cluster import Cluster
from tests.violence.failover import two_nodes
from tests.violence.rows import connected

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]

STANDBY = "the server is a standby; with target_session_attrs=read-write the URL finds the primary"
DENIED = "permission denied for schema public"


@pytest.fixture(scope="module")
def nodes() -> Iterator[tuple[Cluster, Cluster]]:
    """A primary, with a role that may do nothing, and its standby."""
    with two_nodes() as (primary, standby):
        with connected(primary.url()) as connection:
            connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            connection.execute("CREATE ROLE nobody LOGIN")
        yield primary, standby


@pytest.fixture(params=["away", "standby", "denied"])
def unusable(
    request: pytest.FixtureRequest, nodes: tuple[Cluster, Cluster], monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Lets the settings name such a server; it is what is said of it."""
    primary, standby = nodes
    urls = {
        "away": (f"postgresql://127.0.0.1:{free_port()}/postgres?user=x", "refused"),
        "standby": (standby.url(), STANDBY),
        "denied": (primary.url().replace("user=postgres", "user=nobody"), DENIED),
    }
    url, said = urls[request.param]
    monkeypatch.setenv("PASSLINE_DATABASE_URL", url)
    yield said
    close_database()


def test_a_start_ends_with_a_code_that_asks_for_another_try(
    unusable: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        create_app()
    assert ended.value.code == os.EX_TEMPFAIL
    said = capsys.readouterr().err
    assert "PASSLINE_DATABASE_URL: the database cannot be opened (" in said
    assert unusable in said


@pytest.mark.parametrize("command", [["user", "list"], ["db", "upgrade"]])
def test_a_command_says_why(unusable: str, command: list[str]) -> None:
    done = create_app(upgrade=False).test_cli_runner().invoke(args=command)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: The database cannot be used (")
    assert unusable in done.stderr


def test_so_does_gunicorn(unusable: str, tmp_path: Path) -> None:
    env = os.environ | {"PORT": str(free_port()), "PASSLINE_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == os.EX_TEMPFAIL
    assert unusable in done.stderr and "Traceback" not in done.stderr
    assert "Listening" not in done.stderr


def test_the_doctor_says_why(unusable: str) -> None:
    done = create_app(upgrade=False).test_cli_runner().invoke(args=["doctor", "--json"])
    faults = [each for each in json.loads(done.stdout)["findings"] if each["level"] == "fault"]
    said: dict[str, Any] = {each["about"]: each["words"] for each in faults}
    assert unusable in said["database"]
