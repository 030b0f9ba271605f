"""kill -9: what was acknowledged is there, what was not is there or wholly absent, and no challenge counts twice."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.ops.gunicorn import running
from tests.violence import killing, workers
from tests.violence.actors import NO_ANSWER, Actor
from tests.violence.rows import connected, query

pytestmark = pytest.mark.slow


def test_killed_in_the_middle_of_registrations_and_sign_ins(
    database_url: str, tmp_path: Path
) -> None:
    books = killing.run(database_url, tmp_path, kills=12)
    assert books.acknowledged > 50
    assert books.unanswered > 5, "the kills did not hit anybody"


def hold_up(url: str, connection: Any) -> None:
    """Keep every registration from storing anything, from its first statement on.

    On PostgreSQL that is the first statement of its transaction, which dates the user.
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
            options = ada._options
            # The options first, then the database is held up.
            ada._options = lambda *request: (options(*request), hold_up(database_url, other))[0]  # type: ignore[method-assign]
            registration.start()
            time.sleep(0.7)
            old = workers.pids(server)
            workers.kill(server)
            registration.join()
            workers.wait_for_new(server, old, 1)
        attempt = ada.attempts[-1]
        assert attempt.status == NO_ANSWER
        time.sleep(0.3)  # PostgreSQL notices that nobody is there any more
        assert query(database_url, f"SELECT id FROM passkeys WHERE name = '{attempt.label}'") == []
        assert (
            len(
                query(
                    database_url,
                    "SELECT id FROM audit_events WHERE event = 'account:passkey:added'",
                )
            )
            == 1
        )
        # On PostgreSQL the challenge had been taken, and stays so; on SQLite not yet, and it serves once.
        assert [attempt.send(), attempt.send()] == [
            200 if database_url.startswith("sqlite") else 400,
            400,
        ]
