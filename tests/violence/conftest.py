"""A PostgreSQL server that tests may break, one for all of a process."""

from collections.abc import Iterator

import pytest

from tests.violence.cluster import Cluster, cluster


@pytest.fixture(scope="session")
def own() -> Iterator[Cluster]:
    """A server that runs when a test is over; each test makes a database of its own."""
    with cluster() as made:
        yield made
