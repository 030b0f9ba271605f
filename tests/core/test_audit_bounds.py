"""Audit events: so many of a kind and user in a day, and for so many days."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from app.core import administration, api_tokens, audit, session_ends
from app.core.audit import Event
from app.core.context import COMMAND_LINE, Caller, Context
from app.operations import housekeeping
from tests.conftest import MakeApp
from tests.people import Person

DAY = 86400
LIMIT = 3


@pytest.fixture
def clock() -> Iterator[Any]:
    """A clock that stands still until it is shifted."""
    with time_machine.travel("2026-03-01T00:00:00+00:00", tick=False) as clock:
        yield clock


@pytest.fixture
def ada(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, clock: Any) -> Person:
    """Somebody with a passkey, where three events of a kind are allowed in a day."""
    monkeypatch.setattr(audit, "MOST", LIMIT)
    ada = Person(make_app(RATE_LIMITS="on"), "ada").set_up()
    ada.add_passkey()
    return ada


def renamed(ada: Person, name: str) -> int:
    return ada.rename(ada.passkeys()[0]["id"], name).status_code


def test_what_is_done_too_often_in_a_day_is_refused_and_not_done(
    ada: Person, clock: Any, rows: Any
) -> None:
    assert [renamed(ada, f"name {n}") for n in range(LIMIT)] == [200] * LIMIT
    clock.shift(60)
    answer = ada.rename(ada.passkeys()[0]["id"], "one more")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(DAY - 60))
    assert ada.passkeys()[0]["name"] == f"name {LIMIT - 1}"
    stored = rows("SELECT count(*) FROM audit_events WHERE event = 'account:passkey:renamed'")
    assert stored == [(LIMIT,)]


def test_another_kind_and_another_user_have_a_number_of_their_own(ada: Person) -> None:
    for n in range(LIMIT + 1):
        renamed(ada, f"name {n}")
    assert ada.add_passkey().status_code == 200
    bob = Person(ada.app, "bob").added_by_hand()
    bob.add_passkey()
    assert renamed(bob, "mine") == 200


def test_after_a_day_it_is_free_again(ada: Person, clock: Any) -> None:
    for n in range(LIMIT):
        renamed(ada, f"name {n}")
    clock.shift(timedelta(days=1))
    assert renamed(ada, "one more") == 200


def test_what_takes_access_away_is_never_refused_and_always_told(ada: Person, rows: Any) -> None:
    told: list[Event] = []
    service = ada.context().service
    listening = audit.recorded.connected_to(
        lambda _, event, **__: told.append(event), sender=service
    )
    with listening, ada.app.app_context():
        user = administration.find("ada")
        for _ in range(LIMIT + 2):
            api_tokens.replace(user, context=ada.context())
    assert told == [Event.TOKEN_CHANGED] * (LIMIT + 2)
    stored = rows("SELECT count(*) FROM audit_events WHERE event = 'account:token:changed'")
    assert stored == [(LIMIT,)]


def test_a_command_is_not_counted(ada: Person, rows: Any) -> None:
    context = Context(ada.context().service, Caller(COMMAND_LINE, ""))
    with ada.app.app_context():
        user = administration.find("ada")
        for _ in range(LIMIT + 2):
            administration.set_role(user, "SUPERADMIN", context=context)
    stored = rows("SELECT count(*) FROM audit_events WHERE event = 'account:role:changed'")
    assert stored == [(LIMIT + 2,)]


def test_load_tests_are_not_counted(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MOST", 1)
    ada = Person(make_app(), "ada").set_up()
    assert [ada.add_passkey().status_code for _ in range(3)] == [200] * 3


def test_to_end_no_session_leaves_no_event(ada: Person, rows: Any) -> None:
    with ada.app.app_context():
        user = administration.find("ada")
        current = rows("SELECT id FROM sessions")[0][0]
        for _ in range(3):
            session_ends.end_all_others(user, current=current, context=ada.context())
    assert rows("SELECT * FROM audit_events WHERE event = 'account:session:ended'") == []


@pytest.mark.parametrize(("days", "kept"), [(400, False), (399, True)])
def test_old_events_go_with_the_retention(
    ada: Person, clock: Any, rows: Any, days: int, kept: bool
) -> None:
    clock.shift(timedelta(days=days))
    housekeeping.clean(audit_retention=400 * DAY)
    assert bool(rows("SELECT * FROM audit_events")) == kept


def test_a_retention_of_zero_keeps_them_for_ever(ada: Person, clock: Any, rows: Any) -> None:
    clock.shift(timedelta(days=4000))
    housekeeping.clean(audit_retention=0)
    assert rows("SELECT count(*) FROM audit_events") == [(3,)]
