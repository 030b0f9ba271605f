"""A PostgreSQL that does not answer, or makes wait: no request waits for ever."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.storage import database
from app.storage.models import SetupCode
from tests.conftest import close_database
from tests.live import PASSKEYS
from tests.ops.gunicorn import Running, running
from tests.violence import waiting
from tests.violence.actors import PASSWORD, Actor, ask
from tests.violence.cluster import Cluster
from tests.violence.relay import relay
from tests.violence.rows import connected, query
from tests.violence.waiting import OPTIONS, Trouble

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]


def at_once(many: int) -> pytest.MarkDecorator:
    """Let twenty ask at once, and `many` in a proof."""
    return pytest.mark.parametrize("many", [20, pytest.param(many, marks=pytest.mark.proof)])


def ended_in_time(found: Trouble, many: int, *, within: float = 10) -> None:
    assert found.crowd.statuses == {503: many}, str(found)
    assert found.crowd.longest < within, str(found)
    assert found.recovered < 3, str(found)
    assert found.after.statuses == {200: many}, str(found)
    assert set(found.beside) == {200}, str(found)


@at_once(200)
def test_a_frozen_server(own: Cluster, tmp_path: Path, many: int) -> None:
    url = own.database(f"frozen_{many}")
    found = waiting.frozen("frozen", url, tmp_path, own.frozen(), many=many)
    ended_in_time(found, many)
    assert found.slowest < 6, str(found)  # the threads are free for what needs no database
    assert "Traceback" not in (tmp_path / "gunicorn.log").read_text()


@pytest.mark.proof
def test_a_single_request_to_a_frozen_server(own: Cluster, tmp_path: Path) -> None:
    with running(tmp_path, DATABASE_URL=own.database("alone")) as server:
        Actor(server.port, "ada", first=True)
        begin = waiting.asking(server, OPTIONS)
        with own.frozen():
            alone = waiting.at_once(begin, 1)
            again = waiting.at_once(begin, 1)
        assert (alone.statuses, again.statuses) == ({503: 1}, {503: 1})
        assert alone.longest < 7
        assert again.longest < 1  # it is not tried again


@pytest.mark.proof
def test_a_silent_network(own: Cluster, tmp_path: Path) -> None:
    with relay(own.port) as network:
        url = own.database("silent").replace(f":{own.port}/", f":{network.port}/")
        found = waiting.frozen("silent", url, tmp_path, network.silent(), many=20)
    ended_in_time(found, 20)


@at_once(60)
def test_a_lock_that_another_client_holds(own: Cluster, tmp_path: Path, many: int) -> None:
    found = waiting.held_lock(own.database(f"held_{many}"), tmp_path, many=many)
    # Two wait for five seconds. After half of that the others are refused one by one,
    # but for the last two, which get a place and wait for five more.
    ended_in_time(found, many, within=15 if many > 20 else 10)
    assert found.beside[200] > 10, str(found)
    assert found.slowest < 6, str(found)


def register(server: Running, name: str) -> int:
    account = {"username": name, "password": PASSWORD}
    return ask(server.client(), "POST", "/account/api/registration", account)[0]


def cancel_what_waits_for_a_replica(url: str) -> None:
    cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    for _ in range(100):
        if query(url, cancel):
            return
        time.sleep(0.02)
    raise AssertionError("no commit waits for a replica")


def test_a_commit_that_no_replica_has_confirmed_is_not_acknowledged(
    own: Cluster, tmp_path: Path
) -> None:
    url = own.database("replicated")
    with (
        running(tmp_path, DATABASE_URL=url, REGISTRATION="open") as server,
        ThreadPoolExecutor() as pool,
    ):
        Actor(server.port, "ada", first=True)
        set_standby(own, url, "nobody")
        try:
            bob = pool.submit(register, server, "bob")
            cancel_what_waits_for_a_replica(url)  # PostgreSQL then says that it is done
            assert bob.result() == 503
        finally:
            set_standby(own, url, "")
        assert register(server, "eve") == 200


WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


def unreplicated_change() -> None:
    with database.durable():
        SetupCode.insert(digest=b"new", created_at=1).execute()


def unreplicated_deletion() -> None:
    database.db.obj.replicated(SetupCode.delete().where(SetupCode.digest == b"old")).execute()


@pytest.mark.parametrize("act", [unreplicated_change, unreplicated_deletion])
def test_what_waits_for_a_replica_leaves_no_process_behind(
    own: Cluster, monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]
) -> None:
    from app.storage import connection

    monkeypatch.setattr(connection, "LONGEST", 0.5)
    url = own.database(act.__name__)
    database.bind(url)
    try:
        database.upgrade()
        SetupCode.insert(digest=b"old", created_at=1).execute()
        database.serve()
        pid = database.db.connection().info.backend_pid
        set_standby(own, url, "nobody")
        with pytest.raises(database.Unreachable, match="synchronous replication"):
            act()
        assert query(url, WAITING) == []
        database.release()
        database.ping()  # nobody takes the server for a silent one
        assert database.db.connection().info.backend_pid == pid
    finally:
        set_standby(own, url, "")
        close_database()


@pytest.mark.proof
def test_a_commit_does_not_wait_for_ever_for_a_replica(own: Cluster, tmp_path: Path) -> None:
    url = own.database("unreplicated")
    with running(tmp_path, DATABASE_URL=url, REGISTRATION="open") as server:
        ada = Actor(server.port, "ada", first=True)
        set_standby(own, url, "nobody")
        try:
            begun = time.monotonic()
            assert register(server, "bob") == 503
            assert time.monotonic() - begun < 8
            assert query(url, WAITING) == []
            statuses = [ask(ada.client, "GET", PASSKEYS)[0] for _ in range(20)]
            assert statuses == [200] * 20
        finally:
            set_standby(own, url, "")


def set_standby(own: Cluster, url: str, name: str) -> None:
    with connected(url) as other:
        other.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
        other.execute("SELECT pg_reload_conf()")
    for _ in range(100):
        if query(url, "SHOW synchronous_standby_names") == [(name,)]:
            break
        time.sleep(0.02)
    time.sleep(0.3)  # until its processes know
