"""The clock steps by an hour: nobody is kept out, signed out, or let in twice."""

import os
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from tests.live import PASSKEYS, Client
from tests.ops.gunicorn import Running, running
from tests.violence.actors import PASSWORD, Actor
from tests.violence.rows import query

pytestmark = pytest.mark.slow
HOUR = 3600.0


class Clocked:
    """A server with a clock to step, and somebody who uses it."""

    def __init__(self, server: Running, url: str, file: Path) -> None:
        self.server, self.url, self._file = server, url, file
        self.ada = Actor(server.port, "ada", first=True)

    def step(self, seconds: float) -> None:
        """Step the clock."""
        whole = self._file.with_suffix(".new")
        whole.write_text(str(float(self._file.read_text()) + seconds))
        whole.replace(self._file)

    def log_in(self, password: str = PASSWORD) -> tuple[int, int]:
        """Sign in by password, and return the status and the seconds to wait."""
        body = {"username": "ada", "password": password}
        answer = Client(self.server.port).call("POST", "/account/api/sign-in/password", body)
        return answer.status, int(answer.headers.get("Retry-After", 0))


@pytest.fixture
def clocked(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Clocked]:
    """A server whose general rates are switched on."""
    file = tmp_path / "clock"
    file.write_text("0")
    monkeypatch.setenv("VIOLENCE_CLOCK", str(file))
    monkeypatch.setenv("PYTHONPATH", os.fspath(Path(__file__).parent.parent.parent))
    # What a step does to recent proofs, tests/mfa/test_step_up.py shows.
    settings = {"DATABASE_URL": database_url, "RATE_LIMITS": "on", "STEP_UP_AGE": "0"}
    with running(tmp_path, arguments=["tests.violence.clocked:app"], **settings) as server:
        yield Clocked(server, database_url, file)


def works(clocked: Clocked) -> None:
    """Assert that everything works for somebody who has a session."""
    clocked.ada.register()
    clocked.ada.sign_in()
    assert [each.status for each in clocked.ada.attempts[-2:]] == [200, 200]
    assert clocked.ada.client.call("GET", "/account/api/passkeys").status == 200
    assert clocked.log_in() == (200, 0)


def test_steps_forth_and_back(clocked: Clocked) -> None:
    ada = clocked.ada
    begun = {"forth": ada.client.attestation(), "back": ada.client.attestation()}
    session = ada.client
    for step, expected in ((HOUR, 400), (-2 * HOUR, 200), (HOUR, None)):
        clocked.step(step)
        # The session has neither ended nor not begun.
        assert session.call("GET", "/account/api/passkeys").status == 200
        if expected:
            # After a step forth a ceremony under way has timed out, and its challenge
            # stays taken; after one back it is good a little longer.
            body = {"response": begun["forth" if step > 0 else "back"], "name": f"begun {step}"}
            assert session.call("POST", PASSKEYS, body).status == expected
        works(clocked)
    for each in ada.attempts:
        assert each.send() == 400, each.label  # no challenge comes back to life
    again = {"response": begun["forth"], "name": "again"}
    assert session.call("POST", PASSKEYS, again).status == 400


def test_failures_delay_nobody_for_longer_after_a_step_back(clocked: Clocked) -> None:
    clocked.step(HOUR)
    for _ in range(8):
        clocked.log_in("wrong password")
    assert clocked.log_in()[0] == 429
    clocked.step(-HOUR)
    status, wait = clocked.log_in()
    assert status == 200 or (status == 429 and wait <= 8), f"{status}: wait {wait} s"


def test_general_rates_do_not_stick_after_a_step_back(clocked: Clocked) -> None:
    client = Client(clocked.server.port)
    for _ in range(200):
        limited = client.call("GET", "/account/api/sign-in/options")
        if limited.status == 429:
            break
    assert limited.status == 429, "this route has no rate any more; choose another"
    clocked.step(-HOUR)
    answer = client.call("GET", "/account/api/sign-in/options")
    assert answer.status == 200 or int(answer.headers["Retry-After"]) <= 60


def test_a_session_that_was_used_in_the_future_was_last_seen_now(clocked: Clocked) -> None:
    clocked.step(HOUR)
    assert clocked.ada.client.call("GET", "/account/api/passkeys").status == 200
    clocked.step(-HOUR)
    assert clocked.ada.client.call("GET", "/account/api/passkeys").status == 200
    [(seen,)] = query(clocked.url, "SELECT max(last_seen_at) FROM sessions")
    [(created,)] = query(clocked.url, "SELECT max(created_at) FROM sessions")
    assert abs(seen - created) < 120_000


@pytest.mark.clerk
def test_clerks_tokens_are_of_the_time_that_it_is(clocked: Clocked) -> None:
    for step in (HOUR, -2 * HOUR):
        clocked.step(step)
        clients = clocked.ada.client.call("GET", "/v1/client").body["response"]
        session = clients["sessions"][0]["id"]
        token = clocked.ada.client.call("POST", f"/v1/client/sessions/{session}/tokens").body["jwt"]
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["nbf"] <= claims["iat"] <= claims["exp"] - 60
        assert claims["auth_time"] <= claims["iat"], claims
