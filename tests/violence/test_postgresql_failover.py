"""A standby takes over, and no worker needs a restart."""

from pathlib import Path

import pytest

from tests.violence import failover

ROUNDS = [1, *(pytest.param(n, marks=pytest.mark.proof) for n in range(2, 6))]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgresql,
    pytest.mark.parametrize("_round", ROUNDS),
]


def test_a_demoted_primary_behind_a_proxy(tmp_path: Path, _round: int) -> None:
    found = failover.demoted(tmp_path)
    # Nothing is read from a standby, which may still know sessions that have ended.
    assert found.meanwhile == {"ready": 503, "begins": 503, "lists": 503}
    assert found.reasons == ["The database cannot be reached."]
    assert found.recovered < 1, str(found)
    assert set(found.statuses) == {200}, str(found)
    assert "Traceback" not in (tmp_path / "gunicorn.log").read_text()


def test_a_killed_primary_whose_standby_is_promoted(tmp_path: Path, _round: int) -> None:
    found = failover.promotion(tmp_path)
    # What was not yet copied is lost: challenges, which then get 400, and sessions.
    assert set(found.statuses) <= {200, 503, 400, 401}, str(found)
    assert found.recovered < 1, str(found)
    assert found.statuses[200] > 15, str(found)
