"""SIGTERM lets the requests that run finish; a second worker needs only a number."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.live import Answer
from tests.ops.gunicorn import running
from tests.people import PASSWORD
from tests.violence.workers import pids, wait_until_started

pytestmark = pytest.mark.slow
HEAVY = "m=131072,t=16,p=1"  # a second or more


@pytest.mark.parametrize("workers", [1, 2])
def test_a_sign_in_that_runs_when_the_server_is_stopped_gets_its_answer(
    tmp_path: Path, workers: int
) -> None:
    with running(tmp_path, workers=workers, ARGON2=HEAVY) as server:
        body = {"username": "ada", "password": PASSWORD}
        assert server.client().call("POST", "/account/api/setup", body).status == 200
        answers: list[Answer] = []

        def ask() -> None:
            answers.append(server.client().call("POST", "/account/api/sign-in/password", body))

        asking = threading.Thread(target=ask)
        begun = time.monotonic()
        asking.start()
        time.sleep(0.3)
        assert not answers, "the hash has to be slow for this test"
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        with pytest.raises(OSError, match="refused"):  # so that a load balancer asks another
            server.client().call("GET", "/healthz")
        assert not answers, "the hash has to be slow for this test"
        asking.join(timeout=40)
        assert [answer.status for answer in answers] == [200]
        assert time.monotonic() - begun > 0.4
        assert server.process.wait(timeout=40) == 0


def test_a_terminals_interrupt_stops_it_at_once(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as server:
        master = server.process.pid
        # A worker that is only starting may lose a signal, which is gunicorn's way.
        wait_until_started(server, 2)
        children = pids(server)
        # Ctrl-C signals all of them; the master then signals the workers again.
        for pid in (*children, master):
            os.kill(pid, signal.SIGINT)
        assert server.process.wait(timeout=20) == 0
        assert "SIGKILL" not in server.log.read_text()


def test_two_workers_need_only_a_number(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as server:
        ada = server.client()
        body = {"username": "ada", "password": PASSWORD}
        assert ada.call("POST", "/account/api/setup", body).status == 200
        assert {ada.call("GET", "/account/api/passkeys").status for _ in range(40)} == {200}
    assert server.log.read_text().count("Booting worker") == 2
