"""Fixtures: an app on each database, and people with browsers who use it."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app import create_app
from app.settings import DEFAULTS
from app.storage import database
from tests import postgresql
from tests.people import Person

# Argon2's smallest: the tests are about everything around it.
QUICK = {"ARGON2": "m=8,t=1,p=1", "RATE_LIMITS": "off", "LOG_LEVEL": "debug", "STEP_UP_AGE": "0"}

MakeApp = Callable[..., Flask]


COMPILE_BUILDER = Rule._compile_builder


def _compile_rules_once() -> None:
    """Let apps share what werkzeug compiles to build the URLs of rules that are equal.

    For each of the suite's thousands of apps it would take half of its start.
    """
    compiled: dict[tuple[str, ...], Any] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        assert not rule.defaults  # they would be part of it
        key = (rule.rule, repr(rule._trace), str(append_unknown))
        if key not in compiled:
            compiled[key] = COMPILE_BUILDER(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = once  # type: ignore[method-assign]  # no other way in


_compile_rules_once()
# Each app is thousands of objects; by default a fifth of the time goes into looking for
# cycles among them.
gc.set_threshold(100_000, 50, 100)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("PASSLINE_") and name.removesuffix("_FILE") in DEFAULTS:
            monkeypatch.delenv(name)
    monkeypatch.setenv("PASSLINE_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database; what uses it runs once on each kind.

    A test that makes an app gets one with the tables in it: upgrading each anew would
    take half of the suite's time.
    """
    upgraded = "make_app" in request.fixturenames
    if request.param == "sqlite":
        if upgraded:
            shutil.copy(_upgraded_file(), tmp_path / "passline.db")
        yield f"sqlite:///{tmp_path}/passline.db"
    else:
        yield postgresql.emptied_database() if upgraded else postgresql.empty_database()


@cache
def _upgraded_file() -> Path:
    """Return an SQLite database with all tables, made once per process."""
    path = Path(tempfile.mkdtemp(prefix="passline-tests-")) / "passline.db"
    database.bind(f"sqlite:///{path}")
    database.upgrade()
    return path


@pytest.fixture
def make_app(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeApp]:
    """Return a function that makes an app.

    It takes settings, without PASSLINE_, that override the usual ones of tests.
    """

    def make(**settings: Any) -> Flask:
        for name, value in {"DATABASE_URL": database_url, **QUICK, **settings}.items():
            monkeypatch.setenv(f"PASSLINE_{name}", str(value))
        close_database()  # an earlier app of the same test has had it
        app = create_app()
        app.testing = True
        return app

    yield make
    close_database()


def close_database() -> None:
    """Close this thread's connection and the pool's."""
    if database.db.obj is not None:
        database.disconnect()


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """An app with the usual settings and no accounts."""
    return make_app()


@pytest.fixture
def ada(app: Flask) -> Person:
    """The first account, signed in."""
    return Person(app, "ada").set_up()


@pytest.fixture
def bob(make_app: MakeApp, ada: Person) -> Person:
    """A second account, signed in."""
    return Person(ada.app, "bob").added_by_hand()


@pytest.fixture
def stranger(app: Flask) -> Person:
    """Somebody with a browser and no account."""
    return Person(app, "eve")


@pytest.fixture
def rows() -> Callable[..., list[tuple[Any, ...]]]:
    """Return a function that reads the database directly: rows("SELECT ...")."""
    return lambda sql, *values: list(database.db.execute_sql(sql, values).fetchall())


def pytest_sessionfinish() -> None:
    """Leave no database behind."""
    postgresql.drop_own_database()
    if _upgraded_file.cache_info().currsize:
        shutil.rmtree(_upgraded_file().parent)
