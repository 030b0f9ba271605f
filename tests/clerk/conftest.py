"""Fixtures: people whose browsers have Clerk's SDK."""

import pytest

from tests.clerk.client import Clerk
from tests.people import Person


@pytest.fixture
def adas(ada: Person) -> Clerk:
    """The SDK of the first account, signed in."""
    return Clerk(ada)


@pytest.fixture
def bobs(bob: Person) -> Clerk:
    """The SDK of a second account, signed in."""
    return Clerk(bob)


@pytest.fixture
def nobodys(stranger: Person) -> Clerk:
    """The SDK of somebody without an account."""
    return Clerk(stranger)
