"""A clock that stands still until a test moves it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from tests.conftest import MakeApp
from tests.people import Person

START = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    """The clock, which stands still until it is shifted."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def mira(clock: Any, make_app: MakeApp) -> Person:
    """Somebody with a password, where everything has its default."""
    return Person(make_app(STEP_UP_AGE="10m"), "mira").set_up()
