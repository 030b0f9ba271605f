"""pgbouncer in transaction mode: each transaction may run on another connection."""

from pathlib import Path

import pytest

from tests.violence import pooling
from tests.violence.cluster import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]


def test_everybody_is_served_and_no_setting_reaches_other_clients(
    own: Cluster, tmp_path: Path
) -> None:
    found = pooling.run(own, tmp_path, seconds=2)
    assert set(found.statuses) == {200}, str(found)
    assert found.statuses[200] > 15, str(found)
    assert set(found.seen) == {"local"}, str(found)
    assert found.seen["local"] > 15, str(found)
