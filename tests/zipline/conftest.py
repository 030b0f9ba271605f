"""Fixtures: people whose browsers speak Zipline's API."""

import pytest
from flask import Flask

from tests.zipline.people import Person


@pytest.fixture
def ada(app: Flask) -> Person:
    """The first account, signed in."""
    return Person(app, "ada").set_up()


@pytest.fixture
def bob(ada: Person) -> Person:
    """A second account, signed in."""
    return Person(ada.app, "bob").added_by_hand()


@pytest.fixture
def stranger(app: Flask) -> Person:
    """Somebody with a browser and no account."""
    return Person(app, "eve")
