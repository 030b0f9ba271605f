"""kill -9: what was acknowledged is there, and no challenge counts twice.

What was not acknowledged is wholly there or wholly absent.
"""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.live import Client
from tests.ops.gunicorn import running
from tests.violence import killing, workers
from tests.violence.actors import NO_ANSWER, Actor
from tests.violence.rows import connected, query

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kills", [12, pytest.param(100, marks=pytest.mark.proof)])
def test_killed_in_the_middle_of_registrations_and_sign_ins(
    database_url: str, tmp_path: Path, kills: int
) -> None:
    books = killing.run(database_url, tmp_path, kills=kills)
    assert books.acknowledged > 15
    assert books.unanswered > 3, "the kills did not hit anybody"


def hold_up(url: str, connection: Any) -> None:
    """Keep every registration from storing anything, from its first statement on.

    On PostgreSQL that is its transaction's first statement, which dates the user.
    """
    if url.startswith("sqlite"):
        connection.execute("BEGIN IMMEDIATE")
    else:
        connection.execute("BEGIN")
        connection.execute("SELECT id FROM users FOR UPDATE")


def test_killed_between_the_challenge_and_the_passkey(database_url: str, tmp_path: Path) -> None:
    with running(tmp_path, DATABASE_URL=database_url) as server:
        ada = Actor(server.port, "ada", first=True)
        with connected(database_url) as other:
            registration = threading.Thread(target=ada.register)
            get_options = ada._options

            def then_hold_up(browser: Client, path: str) -> Any:
                options = get_options(browser, path)
                hold_up(database_url, other)
                return options

            ada._options = then_hold_up  # type: ignore[method-assign]
            registration.start()
            time.sleep(0.7)
            old = workers.pids(server)
            workers.kill(server)
            registration.join()
            workers.wait_for_new(server, old, 1)
        attempt = ada.attempts[-1]
        assert attempt.status == NO_ANSWER
        time.sleep(0.3)  # until PostgreSQL notices that the client is gone
        assert query(database_url, f"SELECT id FROM passkeys WHERE name = '{attempt.label}'") == []
        added = "SELECT id FROM audit_events WHERE event = 'account:passkey:added'"
        assert len(query(database_url, added)) == 1
        # On PostgreSQL the challenge had been taken, and stays so. On SQLite it had
        # not, and serves once.
        first = 200 if database_url.startswith("sqlite") else 400
        assert [attempt.send(), attempt.send()] == [first, 400]
