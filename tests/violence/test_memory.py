"""Requests that are never whole, and answers that nobody reads, share a budget."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.serving.worker import Worker
from tests.ops.gunicorn import Running, running
from tests.violence import memory
from tests.violence.connections import somebody

pytestmark = pytest.mark.slow

# Beside the budget, a connection takes some kB, and the allocator keeps free pieces.
MOST = 2 * Worker.budget / 1024 / 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server for the tests that do it no harm."""
    with running(tmp_path_factory.mktemp("memory")) as server:
        somebody(server.port)
        yield server


@pytest.mark.parametrize("kind", memory.KINDS)
def test_a_thousand_connections_stay_within_the_budget(server: Running, kind: str) -> None:
    grown = memory.run(server, kind, many=1000)
    assert grown.peak - grown.before < MOST, str(grown)
    assert grown.statuses.startswith("200: 20;"), str(grown)


@pytest.mark.proof
@pytest.mark.parametrize("kind", memory.KINDS)
def test_two_thousand_do_too(tmp_path: Path, kind: str) -> None:
    with running(tmp_path) as server:
        somebody(server.port)
        grown = memory.run(server, kind, many=2000)
    assert grown.peak - grown.before < MOST, str(grown)
    assert grown.statuses.startswith("200: 20;"), str(grown)
