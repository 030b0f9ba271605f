"""PostgreSQL restarted under load: requests fail for seconds, then all is well again.

No worker needs a restart.
"""

import time
from pathlib import Path

import pytest

from tests.live import Answer
from tests.ops.gunicorn import running
from tests.violence import restarting
from tests.violence.actors import Actor
from tests.violence.cluster import Cluster
from tests.violence.rows import connected

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.proof)])
def test_restarted_under_load(own: Cluster, tmp_path: Path, times: int) -> None:
    # A crash may lose challenges, which then get 400, and sessions, which get 401.
    allowed = {"fast": {200, 503}, "immediate": {200, 503, 400, 401}}
    for outage in restarting.run(own, tmp_path, modes=["fast", "immediate"] * times):
        assert set(outage.statuses) <= allowed[outage.mode], str(outage)
        assert outage.seconds < 10, str(outage)
        assert outage.statuses[200] > 20, str(outage)


def eventually(ada: Actor, status: int) -> Answer:
    """Ask for options until this is the status, and return the last answer.

    PostgreSQL notifies its processes of a new setting when it can.
    """
    for _ in range(50):
        answer = ada.client.call("GET", "/account/api/sign-in/options")
        if answer.status == status:
            break
        time.sleep(0.1)
    return answer


def test_a_database_that_is_read_only_for_a_while(own: Cluster, tmp_path: Path) -> None:
    with connected(own.url()) as other:
        other.execute("CREATE DATABASE read_only")

        def let_write(allowed: bool) -> None:
            read_only = "off" if allowed else "on"
            other.execute(f"ALTER SYSTEM SET default_transaction_read_only = {read_only}")
            other.execute("SELECT pg_reload_conf()")

        with running(tmp_path, DATABASE_URL=own.url("read_only")) as server:
            ada = Actor(server.port, "ada", first=True)
            let_write(False)
            try:
                answer = eventually(ada, 503)
                assert answer.body["error"] == "unavailable"
                assert int(answer.headers["Retry-After"]) > 0
                # What only reads goes on.
                assert ada.client.call("GET", "/account/api/passkeys").status == 200
            finally:
                let_write(True)
            assert eventually(ada, 200).status == 200
            assert "Traceback" not in server.log.read_text()
