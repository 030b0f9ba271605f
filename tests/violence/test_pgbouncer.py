"""pgbouncer in transaction mode: each transaction may run on another connection."""

from pathlib import Path

import pytest
from peewee import OperationalError

from app.storage import database
from tests.conftest import close_database
from tests.violence import pooling
from tests.violence.cluster import Cluster
from tests.violence.failover import two_nodes
from tests.violence.pgbouncer import pgbouncer

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]


@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.proof)])
def test_everybody_is_served_and_no_setting_reaches_other_clients(
    own: Cluster, tmp_path: Path, seconds: int
) -> None:
    found = pooling.run(own, tmp_path, seconds=seconds)
    assert set(found.statuses) == {200}, str(found)
    assert found.statuses[200] > 15, str(found)
    assert set(found.seen) == {"local"}, str(found)
    assert found.seen["local"] > 15, str(found)


def test_a_standby_behind_it_is_refused_until_it_is_promoted() -> None:
    # pgbouncer tells every client what the first server that it reached was.
    with two_nodes() as (_, standby), pgbouncer(standby, size=2) as port:
        url = standby.url().replace(f":{standby.port}/", f":{port}/")
        database.bind(url, direct=standby.url(), pooler=True)
        database.serve()
        try:
            with pytest.raises(OperationalError, match="the server is a standby"):
                database.ping()
            standby.control("promote")
            for _ in range(2):
                database.ping()
                database.release()
            assert database.pool() == {"in_use": 0, "idle": 1}
        finally:
            close_database()
