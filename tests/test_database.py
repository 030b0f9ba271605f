"""Migrations, the upgrade lock, durability, and the pool."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cbor2
import peewee
import psycopg
import pytest
from playhouse.migrations import Migration
from playhouse.schema_diff import diff_models

from app.core import clock
from app.operations import housekeeping
from app.storage import database, sqlite
from app.storage.models import TABLES, Failure, User
from tests.authenticator import b64
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


STATEMENT = cbor2.dumps({"fmt": "packed", "attStmt": {"sig": b"x"}, "authData": b""})
ATTESTED = {
    **dict.fromkeys(("sign_count", "created_at", "updated_at", "last_used_at"), 1),
    **dict.fromkeys(("backup_eligible", "backed_up", "user_verified"), True),
    **dict.fromkeys(("name", "transports", "aaguid", "rp_id"), ""),
    **dict.fromkeys(("credential_id", "public_key"), b""),
    "id": "key",
    "user_id": "cold",
    "attestation_format": "packed",
    "registration": json.dumps({"response": {"attestationObject": b64(STATEMENT)}}),
}


def insert(table: str, row: dict[str, Any]) -> None:
    """Insert a row into a table that may be of an earlier version."""
    marks = ", ".join([database.db.obj.param] * len(row))
    statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"
    database.db.execute_sql(statement, tuple(row.values()))


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
        insert("users", USER)
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


def before_bounds() -> None:
    """Upgrade an empty database to what the migration 0006 finds."""
    with database.db.connection_context():
        database.runner().up("0005_username_keys")
    database.disconnect()


def test_an_upgrade_that_ended_before_it_was_recorded_is_done_again(bound: str) -> None:
    names = [each.name for each in Migration.load_directory(str(database.MIGRATIONS))]
    database.upgrade()
    repeatable = [name for name in names if name in ("0006_bounds", "0008_proofs")]
    for name in repeatable:
        database.db.execute_sql(f"DELETE FROM schema_migrations WHERE name = '{name}'")
    assert database.upgrade() == repeatable


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


EVENT = "INSERT INTO audit_events (at, event, user_id, address, detail) VALUES (1, 'x', '', '', '')"


@on_postgresql
def test_an_index_whose_build_was_interrupted_is_built_again(bound: str, rows: Rows) -> None:
    before_bounds()
    rows(f"{EVENT}, (1, 'x', '', '', '') RETURNING id")
    with pytest.raises(peewee.IntegrityError):  # it leaves an invalid index
        rows("CREATE UNIQUE INDEX CONCURRENTLY audit_events_at ON audit_events (at)")
    database.upgrade()
    built = "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = '{}'::regclass"
    for index in ("audit_events_at", "audit_events_user_id_event_at"):
        assert rows(built.format(index)) == [(True, False)]


@on_postgresql
def test_nobody_waits_while_an_upgrade_builds_indexes(bound: str) -> None:
    before_bounds()
    with psycopg.connect(bound) as slow, psycopg.connect(bound, autocommit=True) as other:
        insert("users", USER)
        insert("passkeys", ATTESTED)
        database.release()
        slow.execute(EVENT)  # the build waits for the end of this transaction
        upgrade = threading.Thread(target=database.upgrade)
        upgrade.start()
        try:
            wait_for(other, "SELECT query FROM pg_stat_activity WHERE wait_event = 'virtualxid'")
            other.execute("SET lock_timeout = '1s'")
            other.execute(EVENT)
            changed = other.execute("UPDATE passkeys SET name = 'new' RETURNING registration")
            assert changed.fetchone() != (ATTESTED["registration"],)  # that has been done
        finally:
            slow.rollback()
            upgrade.join()
    assert database.pending() == []


@on_postgresql
def test_who_waits_for_an_upgrade_does_not_hold_it_up(bound: str) -> None:
    before_bounds()
    program = f"from app.storage import database as d; d.bind({bound!r}); print(d.upgrade())"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        with database.starting(), psycopg.connect(bound, autocommit=True) as watching:
            own = database.db.connection().info.backend_pid
            wait_for(
                watching,
                "SELECT pid FROM pg_stat_activity WHERE query LIKE '%advisory_lock%'"
                f" AND datname = current_database() AND pid NOT IN (pg_backend_pid(), {own})",
            )
            database.runner().up()  # a deadlock, if that one waited in a statement
        assert other.communicate(timeout=30) == ("[]\n", None)


def wait_for(connection: psycopg.Connection[Any], sql: str) -> None:
    for _ in range(1000):
        if connection.execute(sql).fetchone():
            return
        time.sleep(0.01)
    raise AssertionError(f"never: {sql}")


SHOWN = (
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "synchronous_commit",
)


def shown(rows: Rows) -> list[object]:
    return [rows(f"SHOW {name}")[0][0] for name in SHOWN]


@on_postgresql
def test_requests_have_limits_and_upgrades_and_commands_none(bound: str, rows: Rows) -> None:
    assert shown(rows) == ["0", "0", "0", "off"]
    database.serve()
    assert shown(rows) == ["5s", "5s", "10s", "off"]
    assert database.db.connection().info.get_parameters()["tcp_user_timeout"] == "5000"


@on_postgresql
def test_upgrades_have_none_whatever_the_role_or_the_database_has(bound: str, rows: Rows) -> None:
    [(name,)] = rows("SELECT current_database()")
    with psycopg.connect(bound, autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} SET statement_timeout = '3s'")
        try:
            close_database()
            database.bind(bound)
            assert shown(rows) == ["0", "0", "0", "off"]
        finally:
            other.execute(f"ALTER DATABASE {name} RESET statement_timeout")


@on_postgresql
def test_what_the_url_sets_itself_stands(bound: str, rows: Rows) -> None:
    close_database()
    database.bind(f"{bound}&options=-c%20statement_timeout%3D7s&tcp_user_timeout=9000")
    database.serve()
    assert shown(rows) == ["7s", "5s", "10s", "off"]
    assert "9000" in database.db.connection().info.get_parameters()["tcp_user_timeout"]


@on_postgresql
def test_behind_a_pooler_nothing_is_set_or_prepared(bound: str, rows: Rows) -> None:
    close_database()
    database.bind(bound, direct=bound, pooler=True)
    assert shown(rows) == ["0", "0", "0", "off"]
    database.serve()
    assert shown(rows) == ["0", "0", "0", "on"]
    for _ in range(9):
        rows("SELECT 1")
    assert rows("SELECT count(*) FROM pg_prepared_statements") == [(0,)]


@on_postgresql
def test_upgrades_and_commands_use_the_direct_url(bound: str, rows: Rows) -> None:
    close_database()
    database.bind("postgresql://127.0.0.1:9/nothing", direct=bound)
    assert len(database.upgrade()) > 0
    database.serve()
    with pytest.raises(database.Unreachable):
        database.ping()


@on_postgresql
def test_a_transaction_that_was_idle_for_too_long_is_unavailable_not_broken(
    bound: str, rows: Rows
) -> None:
    database.serve()
    # That is the cause which is logged, not that there is nothing to roll back.
    with pytest.raises(database.Unreachable, match="idle-in-transaction"), database.transient():
        database.db.execute_sql("SET LOCAL idle_in_transaction_session_timeout = 50")
        time.sleep(0.2)
        rows("SELECT 1")
    database.release()
    assert rows("SELECT 1") == [(1,)]


@on_postgresql
def test_a_statement_in_a_failed_transaction_is_a_fault_of_ours(bound: str, rows: Rows) -> None:
    database.serve()
    with pytest.raises(peewee.InternalError, match="aborted"), database.transient():
        with pytest.raises(peewee.DataError):
            rows("SELECT 1 / 0")
        rows("SELECT 1")


CHANGE = "UPDATE users SET updated_at = 3"
DEMOTE = "SET default_transaction_read_only = on"  # of this one connection


@on_postgresql
def test_a_statement_that_a_standby_refuses_is_tried_on_a_new_connection(
    bound: str, rows: Rows
) -> None:
    database.upgrade()
    database.serve()
    rows("SELECT 1")
    database.db.execute_sql(DEMOTE)
    database.db.execute_sql(CHANGE)


@on_postgresql
def test_a_transaction_on_a_standby_fails_once(bound: str, rows: Rows) -> None:
    database.upgrade()
    database.serve()
    database.db.execute_sql(DEMOTE)
    with pytest.raises(database.Unreachable), database.transient():
        database.db.execute_sql(CHANGE)
    database.release()
    with database.transient():
        database.db.execute_sql(CHANGE)


@on_postgresql
def test_an_idle_connection_to_a_standby_is_not_handed_out(bound: str, rows: Rows) -> None:
    database.serve()
    [(pid,)] = rows("SELECT pg_backend_pid()")
    database.db.execute_sql(DEMOTE)
    with pytest.raises(database.Unreachable):
        database.require_writable()
    database.db.execute_sql(DEMOTE)
    database.release()
    assert rows("SELECT pg_backend_pid()") != [(pid,)]
    database.require_writable()


@on_postgresql
def test_while_one_thread_connects_others_use_the_pool(bound: str, rows: Rows) -> None:
    database.serve()
    rows("SELECT 1")
    database.release()
    pool, connecting, go_on = database.db.obj._pool, threading.Event(), threading.Event()
    connect = pool._connect

    def slowly() -> object:
        connecting.set()
        go_on.wait(10)
        return connect()

    first = pool.take()
    pool._connect = slowly
    second = threading.Thread(target=lambda: pool.give_back(pool.take()))
    second.start()
    try:
        assert connecting.wait(5)
        pool.give_back(first)
        assert rows("SELECT 1") == [(1,)]
        database.release()
    finally:
        go_on.set()
        second.join()
    assert pool.sizes() == {"in_use": 0, "idle": 2}


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
