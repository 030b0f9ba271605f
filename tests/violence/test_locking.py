"""Locks are taken in one order (docs/locks.md): nothing done at once deadlocks."""

import time
from typing import Any

import pytest

from app.core import signing_keys, throttle
from app.core.clock import DAY, now
from app.operations import housekeeping
from app.storage import database
from app.storage.models import Session
from tests.conftest import MakeApp
from tests.people import Person
from tests.violence import locking, verbs
from tests.violence.rows import connected
from tests.violence.verbs import Account


def test_whatever_is_done_to_one_account_at_once(make_app: MakeApp, database_url: str) -> None:
    seconds = 1 if database_url.startswith("sqlite") else 3  # SQLite has one lock
    done = locking.mix(Account(make_app()), verbs.VERBS, seconds=seconds)
    assert sum(done.values()) > 10, done


@pytest.mark.proof
def test_each_two_at_once(make_app: MakeApp) -> None:
    for done in locking.each_pair(Account(make_app()), seconds=1):
        assert done


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_housekeeping_leaves_what_is_locked_for_the_next_time(
    ada: Person, database_url: str
) -> None:
    Session.update(expires_at=1).execute()
    with connected(database_url) as other, other.transaction():
        other.execute("SELECT id FROM sessions FOR UPDATE")
        begun = time.monotonic()
        assert housekeeping.clean() == 0
        assert time.monotonic() - begun < 2
    assert housekeeping.clean() == 1


def test_a_failure_whose_row_housekeeping_deletes_meanwhile_is_counted(
    ada: Person, rows: Any
) -> None:
    [limit, *_] = throttle.limits(account="ada", address="192.0.2.1")
    gone = throttle.Failure(key=limit.key, count=3, blocked_until=0, expires_at=now() + DAY)
    throttle.count(limit, gone, now())
    assert rows("SELECT count FROM failures") == [(4,)]


def test_no_lock_is_held_while_a_signing_key_is_made(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, generate = list[bool](), signing_keys.rsa.generate_private_key

    def looking(**options: Any) -> Any:
        made.append(bool(database.db.in_transaction()))
        return generate(**options)

    monkeypatch.setattr(signing_keys.rsa, "generate_private_key", looking)
    with ada.app.app_context():
        service = ada.context().service
        kept = signing_keys.key_set(service=service)["keys"][0]["kid"]
        new = signing_keys.rotate(context=ada.context())
        published = [each["kid"] for each in signing_keys.key_set(service=service)["keys"]]
    assert (made, published) == ([False, False], [kept, new])
