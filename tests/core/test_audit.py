"""The log tells of changes that were committed, after the commit."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from peewee import OperationalError

from app.core import administration, api_tokens, passkeys, profile, session_ends
from app.storage import database
from app.storage.models import AuditEvent
from app.storage.records import UserRecord
from tests.people import Person

Change = Callable[[UserRecord, Person], object]
CHANGES: dict[str, Change] = {
    "username": lambda user, ada: profile.change(user, {"username": "eve"}, context=ada.context()),
    "token": lambda user, ada: api_tokens.replace(user, context=ada.context()),
    "passkey": lambda user, ada: passkeys.delete(
        user, passkeys.of_user(user.id)[0].id, context=ada.context()
    ),
    "sessions": lambda user, ada: session_ends.end_all_others(
        user, current="", context=ada.context()
    ),
    "password": lambda user, ada: administration.set_password(
        user, "another good one", context=ada.context()
    ),
    "role": lambda user, ada: administration.set_role(user, "SUPERADMIN", context=ada.context()),
}


@pytest.fixture
def told(
    ada: Person, caplog: pytest.LogCaptureFixture, monkeypatch: Any
) -> Callable[[], list[str]]:
    """Return a function that returns what the log has told of changes."""
    monkeypatch.setattr(logging.getLogger("passline"), "propagate", True)
    caplog.set_level(logging.INFO, "passline.audit")
    ada.add_passkey()
    caplog.clear()
    return lambda: [each.getMessage() for each in caplog.records if each.name == "passline.audit"]


@pytest.mark.parametrize("name", CHANGES)
def test_the_log_tells_of_no_change_that_was_rolled_back(
    ada: Person, told: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, events = administration.find("ada"), AuditEvent.select().count()

    def full(*_: Any) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(database.db.obj, "commit", full)
        CHANGES[name](user, ada)
    assert (told(), AuditEvent.select().count()) == ([], events)
    CHANGES[name](user, ada)
    assert len(told()) == AuditEvent.select().count() - events > 0
