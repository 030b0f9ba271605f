"""Migrations, the upgrade lock, durability, and the pool."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from playhouse.migrations import Migration
from playhouse.schema_diff import diff_models

from app.core import clock
from app.operations import housekeeping
from app.storage import database, sqlite
from app.storage.models import TABLES, Failure, User
from tests.conftest import MakeApp, close_database
from tests.people import Person

Rows = Callable[..., list[tuple[object, ...]]]

USER = {
    "id": "cold",
    "username": "Ada",
    "username_key": "ada",
    "role": "SUPERADMIN",
    "view": "{}",
    "user_handle": b"handle",
    "token_digest": b"digest",
    "token_sealed": b"sealed",
    "created_at": 1,
    "updated_at": 2,
}


@pytest.fixture
def bound(database_url: str) -> Iterator[str]:
    """An empty database that is bound."""
    database.bind(database_url)
    yield database_url
    close_database()


def test_models_and_migrations_agree(bound: str) -> None:
    database.upgrade()
    with database.db.connection_context():
        difference = diff_models(database.db.obj, list(TABLES))
    assert not any(difference), str(difference)


def test_an_upgrade_from_the_first_migration_keeps_the_data(bound: str, rows: Rows) -> None:
    first = Migration.load_directory(str(database.MIGRATIONS))[0].name
    with database.db.connection_context():
        database.runner().up(first)
        names = ", ".join(USER)
        marks = ", ".join([database.db.obj.param] * len(USER))
        insert = f"INSERT INTO users ({names}) VALUES ({marks})"
        database.db.execute_sql(insert, tuple(USER.values()))
    database.upgrade()
    kept = rows("SELECT id, username, role, created_at FROM users")
    assert kept == [("cold", "Ada", "SUPERADMIN", 1)]


def test_an_upgrade_that_is_done_changes_nothing(bound: str) -> None:
    migrations = Migration.load_directory(str(database.MIGRATIONS))
    assert database.upgrade() == [each.name for each in migrations]
    assert database.upgrade() == []


def test_of_many_starting_processes_one_upgrades(bound: str) -> None:
    program = f"from app import database; database.bind({bound!r}); print(len(database.upgrade()))"
    processes = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    applied = sorted(int(process.communicate(timeout=60)[0]) for process in processes)
    assert applied == [0] * 5 + [len(Migration.load_directory(str(database.MIGRATIONS)))]


def test_a_database_of_a_newer_version_is_refused(bound: str) -> None:
    database.upgrade()
    with database.db.connection_context():
        database.runner().History.create(name="9999_from_the_future")
    with pytest.raises(database.Unavailable, match="9999_from_the_future"):
        database.upgrade()


def test_a_failed_transaction_leaves_nothing(bound: str) -> None:
    database.upgrade()
    for transaction in (database.durable, database.transient):
        with pytest.raises(ZeroDivisionError), transaction():
            User.insert(**USER).execute()
            _ = 1 / 0
        assert User.select().count() == 0


def test_sqlite_is_set_as_the_rules_say(tmp_path: Path) -> None:
    database.bind(f"sqlite:///{tmp_path}/passline.db")
    wanted = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000}
    assert {name: database.db.pragma(name) for name in wanted} == wanted
    with database.durable():
        assert database.db.pragma("synchronous") == 2  # FULL
    assert database.db.pragma("synchronous") == 1  # NORMAL
    close_database()


on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@on_postgresql
def test_a_durable_transaction_waits_for_the_disk_on_postgresql(bound: str, rows: Rows) -> None:
    assert rows("SHOW synchronous_commit") == [("off",)]
    with database.durable():
        assert rows("SHOW synchronous_commit") == [("on",)]


@on_postgresql
def test_a_connection_that_the_server_closed_is_not_handed_out(
    make_app: MakeApp, rows: Rows
) -> None:
    ada = Person(make_app(), "ada").set_up()
    with psycopg.connect(database.db.obj.database, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        others = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        while other.execute(others).fetchone() != (0,):
            time.sleep(0.01)  # a terminated connection ends a moment later
    assert ada.get("/account/api/passkeys").status_code == 200  # not even the first request fails


def test_what_has_expired_is_cleaned_away_in_batches(make_app: MakeApp) -> None:
    make_app()
    now = clock.now()
    expired = {"count": 1, "blocked_until": 0, "expires_at": now - 1}
    old = [{"key": b"%d" % n, **expired} for n in range(1200)]
    with database.transient():
        for start in range(0, len(old), 100):
            Failure.insert_many(old[start : start + 100]).execute()
        Failure.insert(key=b"young", count=1, blocked_until=0, expires_at=now + 60_000).execute()
    assert housekeeping.clean() == 1200
    assert [bytes(row.key) for row in Failure.select()] == [b"young"]


def test_writers_of_one_process_take_turns_and_do_not_wait_for_ever(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = "/account/api/sign-in/options"  # which stores a challenge
    held, done = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with database.transient():
            held.set()
            done.wait(20)
        database.release()

    slow = threading.Thread(target=write_slowly)
    slow.start()
    try:
        assert held.wait(5)
        monkeypatch.setattr(sqlite, "BUSY", 0.2)
        assert ada.get("/account/api/passkeys").status_code == 200  # readers wait for nobody
        assert ada.get(begin).status_code == (503 if database.file() else 200)
    finally:
        done.set()
        slow.join()
    assert ada.get(begin).status_code == 200
