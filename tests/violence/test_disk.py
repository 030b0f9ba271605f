"""A full disk, a read-only database: a clear 503, and the service recovers by itself.

Nothing that was acknowledged is lost.
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.edges import has
from tests.live import PASSKEYS, Answer
from tests.ops.gunicorn import Running, running
from tests.violence import disks, workers
from tests.violence.actors import PASSWORD, Actor
from tests.violence.cluster import cluster
from tests.violence.killing import audited
from tests.violence.rows import connected, query

pytestmark = pytest.mark.slow
UNWRITABLE = "The database cannot be written."
OPTIONS, BY_PASSWORD = "/account/api/sign-in/options", "/account/api/sign-in/password"


def is_clear(answer: Answer) -> bool:
    """Return whether this is the 503 of our own API."""
    assert answer.status in (200, 503), answer
    if answer.status == 503:
        assert sorted(answer.body.keys() - {"user"}) == ["error", "message"]
        assert int(answer.headers["Retry-After"]) >= 1
    return answer.status == 503


def has_trouble_and_recovers(
    server: Running, url: str, ada: Actor, begin: Callable[[], object], end: Callable[[], object]
) -> None:
    """Assert that whatever writes is refused from `begin` to `end`, and only then."""
    held = ada.client.attestation()
    account = {"username": "ada", "password": PASSWORD}
    registration = {"response": held, "name": "in trouble"}
    begin()
    pids = workers.pids(server)
    try:
        until(lambda: all(is_clear(ada.client.call("GET", OPTIONS)) for _ in range(8)))
        refused = [
            is_clear(ada.client.call("POST", BY_PASSWORD, account)),
            is_clear(ada.client.call("POST", PASSKEYS, registration)),
        ]
        # PostgreSQL's other tables may have some room left.
        assert all(refused) or not url.startswith("sqlite")
        if has("clerk"):
            clerks = ada.client.call("POST", "/v1/client/sign_ins", {"strategy": "passkey"})
            assert clerks.status == 503
            assert clerks.body["errors"][0]["code"] == "service_unavailable"
        page = ada.client.call("GET", "/")  # where reading still works it leads on
        assert page.status in (503, 302)
        assert page.headers.get_content_type() == "text/html"
        assert ada.client.call("GET", "/healthz").status == 200
        if url.startswith("sqlite"):
            ready = ada.client.call("GET", "/readyz")
            assert (ready.status, ready.body["reasons"]) == (503, [UNWRITABLE])
    finally:
        end()
    # Every thread has to recover, and a challenge that was not taken is still good.
    until(lambda: serves(ada))
    after = ada.client.call("POST", PASSKEYS, {"response": held, "name": "after it"})
    assert after.status == (200 if all(refused) else 400)
    ada.register()
    ada.sign_in()
    assert [each.status for each in ada.attempts[-2:]] == [200, 200]
    audited(url, ada.attempts)
    assert workers.pids(server) == pids
    assert server.log.read_text().count("Traceback") == 0


def serves(ada: Actor) -> bool:
    """Return whether every thread writes.

    One that met the database as it was has to fail once before it looks again.
    """
    return not any(is_clear(ada.client.call("GET", OPTIONS)) for _ in range(12))


def until(condition: Callable[[], bool], seconds: float = 8) -> None:
    """Wait until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come true"


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/disk/passline.db"
    with (
        disks.disk(tmp_path / "disk", size="2m") as disk,
        running(tmp_path, DATABASE_URL=url) as server,
    ):
        ada = Actor(server.port, "ada", first=True)
        has_trouble_and_recovers(server, url, ada, disk.fill, disk.empty)


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/passline.db"
    with running(tmp_path, DATABASE_URL=url, LOG_LEVEL="error") as server:
        ada = Actor(server.port, "ada", first=True)
        size = (tmp_path / "passline.db-wal").stat().st_size + 20_000

        def begin() -> None:
            disks.limit_file_size(server, size)
            for _ in range(30):
                ada.client.call("GET", OPTIONS)

        has_trouble_and_recovers(server, url, ada, begin, lambda: disks.limit_file_size(server, -1))


def test_a_disk_that_is_read_only_for_a_while(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/disk/passline.db"
    with (
        disks.disk(tmp_path / "disk", size="4m") as disk,
        running(tmp_path, DATABASE_URL=url) as server,
    ):
        ada = Actor(server.port, "ada", first=True)

        def begin() -> None:
            # While the worker lives, the kernel refuses; the new one opens the database
            # as it finds it.
            old = workers.pids(server)
            workers.kill(server)
            workers.wait_for_new(server, old, 1)
            disk.writable(False)

        has_trouble_and_recovers(server, url, ada, begin, lambda: disk.writable(True))


@pytest.mark.postgresql
def test_a_postgresql_whose_disk_is_full(tmp_path: Path) -> None:
    with cluster() as own, disks.disk(own.folder / "disk", size="24m") as disk:
        (disk.path / "space").mkdir()
        own.give(disk.path / "space")
        with connected(own.url()) as other:
            other.execute(f"CREATE TABLESPACE small LOCATION '{disk.path}/space'")
            other.execute("CREATE DATABASE small TABLESPACE small")
        url = own.url("small")
        with running(tmp_path, DATABASE_URL=url) as server:
            ada = Actor(server.port, "ada", first=True)

            def begin() -> None:
                disk.fill()
                for _ in range(400):  # until the pages that the tables have are full
                    ada.client.call("GET", OPTIONS)

            has_trouble_and_recovers(server, url, ada, begin, disk.empty)
            assert query(url, "SELECT count(*) FROM users") == [(1,)]
