"""Nodes tell what they run with; where they differ, log and doctor say so."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.operations import nodes
from app.storage.models import Fact
from tests.conftest import MakeApp
from tests.ops.gunicorn import running
from tests.violence.rows import query

STRICT = {"MFA_POLICY": "required", "STEP_UP_AGE": "10m"}
LAX = {"MFA_POLICY": "optional", "STEP_UP_AGE": "0"}
LONG = nodes.COUNTS_FOR
Logged = Callable[[], list[str]]


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Logged:
    """Return a function that returns what was logged of nodes since its last call."""
    return lambda: [line for line in capsys.readouterr().err.splitlines() if "nodes" in line]


@pytest.fixture
def node(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function by which a worker of a node reports, after a minute."""

    def report(name: str, *, for_seconds: int = LONG, **settings: str) -> None:
        monkeypatch.setenv("PASSLINE_BIND", name)
        app = make_app(**(LAX | settings))
        later(60)
        nodes.report(app.extensions["passline"].settings, running=for_seconds)

    return report


def later(seconds: int) -> None:
    """Let so many seconds pass for the rows that are there."""
    for row in nodes._rows():
        older = row._replace(at=row.at - seconds * clock.SECOND)
        Fact.update(value=older.value).where(Fact.name == row.name).execute()


def found(app: Flask) -> list[tuple[str, str]]:
    """Return what the doctor says of nodes."""
    done = app.test_cli_runner().invoke(args=["doctor", "--json"])
    every = json.loads(done.stdout)["findings"]
    return [(each["level"], each["words"]) for each in every if each["about"] == "nodes"]


def test_nodes_that_agree_are_silent(node: Any, logged: Logged, make_app: MakeApp) -> None:
    for name in ("a:1", "b:1", "a:1", "b:1"):
        node(name, **STRICT)
    assert logged() == []
    assert found(make_app(**STRICT)) == [
        ("ok", "2 nodes run with the policy and step-up age set here.")
    ]


def test_a_difference_is_logged_once_by_each_node_and_so_is_its_end(
    node: Any, logged: Logged, make_app: MakeApp
) -> None:
    node("a:1", **STRICT)
    node("b:1")
    [line] = logged()
    assert "nodes differ in PASSLINE_MFA_POLICY and PASSLINE_STEP_UP_AGE" in line
    assert "detail=optional/0 required/600" in line.replace('"', "")
    node("a:1", **STRICT)
    assert len(logged()) == 1
    for name, settings in (("b:1", LAX), ("a:1", STRICT)) * 2:
        node(name, **settings)
    assert logged() == []
    [(level, words)] = found(make_app(**STRICT))
    assert level == "warning"
    assert "optional/0 on" in words
    assert "required/600 on" in words
    node("b:1", for_seconds=0, **STRICT)  # started anew
    node("a:1", **STRICT)
    [line] = logged()
    assert "all nodes have the same" in line
    assert [level for level, _ in found(make_app(**STRICT))] == ["ok"]


def test_a_node_that_starts_compares_once_all_others_have_reported(
    node: Any, logged: Logged
) -> None:
    node("a:1")
    node("b:1", for_seconds=0, **STRICT)  # a may have been stopped a moment ago
    node("b:1", for_seconds=60, **STRICT)
    assert logged() == []
    later(LONG)
    node("b:1", **STRICT)
    assert logged() == []


def test_the_workers_of_a_node_write_one_row_and_one_line(
    node: Any, logged: Logged, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    node("b:1", **STRICT)
    node("a:1")
    settings = make_app(**LAX).extensions["passline"].settings
    for _ in range(3):  # other workers, a moment later
        nodes.report(settings, running=LONG)
    assert len(logged()) == 1
    assert len(nodes._rows()) == 2


def test_of_two_workers_at_once_one_writes(app: Flask) -> None:
    settings = app.extensions["passline"].settings
    own = nodes._own(settings)
    assert nodes._write(own, None)
    assert not nodes._write(own, None)
    newer = own._replace(at=own.at + 1)
    assert nodes._write(newer, own)
    assert not nodes._write(newer._replace(at=own.at + 2), own)


def test_rows_of_nodes_that_are_gone_are_deleted(node: Any) -> None:
    for number in range(20):  # containers, each with a name of its own
        node(f"c{number}:1")
    assert len(nodes._rows()) <= 3


def test_a_row_of_the_future_does_not_stay_for_ever(node: Any) -> None:
    node("a:1", **STRICT)
    later(-3600)  # its clock was set back
    node("b:1")
    assert [row.node.split()[-1] for row in nodes._rows()] == ["b:1"]


def test_a_node_that_starts_with_other_rules_replaces_its_row(node: Any) -> None:
    node("a:1", **STRICT)
    node("a:1", for_seconds=0)
    assert [row.rules for row in nodes._rows()] == ["optional/0"]


def test_two_nodes_of_one_name_are_seen_to_differ(node: Any, logged: Logged) -> None:
    node("a:1", for_seconds=0, **STRICT)
    node("a:1", for_seconds=0)
    node("a:1", **STRICT)
    node("a:1")
    assert len(logged()) >= 1


def test_a_command_with_other_settings_than_the_servers_says_so(
    node: Any, make_app: MakeApp
) -> None:
    node("a:1", **STRICT)
    [(level, words)] = found(make_app(**LAX))
    assert level == "warning"
    assert "than this command: required/600" in words


def test_where_nobody_has_reported_the_doctor_says_nothing(app: Flask) -> None:
    assert found(app) == []


@pytest.mark.slow
def test_a_server_reports_by_itself(database_url: str, tmp_path: Any) -> None:
    with running(tmp_path, workers=2, DATABASE_URL=database_url, MFA_POLICY="enrolled"):
        for _ in range(100):
            rows = query(database_url, "SELECT name FROM facts WHERE name LIKE 'node %'")
            if rows:
                break
            time.sleep(0.1)
    [(name,)] = rows
    assert name.endswith(" enrolled 600")
