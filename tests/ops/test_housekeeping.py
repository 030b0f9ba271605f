"""Background work starts with the worker, and asks every feature what has expired."""

import importlib
import pkgutil
import time
from pathlib import Path
from typing import Any

import pytest

import app.core
from app.core import clock
from app.operations import housekeeping
from app.storage import database
from app.storage.models import TABLES, AuditEvent, Challenge
from tests.ops import gunicorn
from tests.people import Person
from tests.violence.rows import query


@pytest.mark.slow
def test_it_starts_with_the_worker_before_anybody_asks_for_anything(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gunicorn, "_wait", lambda _: None)  # it asks whether the server is up
    database.bind(database_url)
    database.upgrade()
    Challenge.insert(
        digest=b"old", ceremony="registration", rp_id="x", user_verification="x", expires_at=1
    ).execute()
    AuditEvent.insert(at=1, event="x", user_id="x", address="x").execute()
    database.disconnect()
    with gunicorn.running(tmp_path, DATABASE_URL=database_url):
        for _ in range(150):
            counted = query(
                database_url,
                "SELECT count(*) FROM challenges UNION ALL SELECT count(*) FROM audit_events",
            )
            if counted == [(0,), (0,)]:
                return
            time.sleep(0.1)
    raise AssertionError(f"expired challenges and old audit events are still there: {counted}")


def test_every_table_with_an_end_is_cleaned(ada: Person) -> None:
    cleaned = {feature.expired(clock.now())[0] for feature in housekeeping._FEATURES}
    with_an_end = {table for table in TABLES if hasattr(table, "expires_at")}
    kept = {table for table in with_an_end if table.__name__ == "Invite"}  # listed when over, too
    assert with_an_end - kept <= cleaned


def test_every_feature_that_says_what_has_expired_is_asked() -> None:
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(app.core.__path__, "app.core.")
    ]
    features = {module for module in modules if hasattr(module, "expired")}
    assert features == set(housekeeping._FEATURES)
    assert len(features) >= 6


def test_what_has_not_expired_stays(ada: Person, rows: Any) -> None:
    ada.add_passkey()
    ada.creation_options()
    before = rows("SELECT count(*) FROM challenges"), rows("SELECT count(*) FROM sessions")
    assert housekeeping.clean() == 0
    assert (
        rows("SELECT count(*) FROM challenges"),
        rows("SELECT count(*) FROM sessions"),
    ) == before
