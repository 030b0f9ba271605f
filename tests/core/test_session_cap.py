"""A user has a hundred sessions at most: the oldest end as new ones begin."""

import logging
from typing import Any

import pytest

from app.core import session_cap
from tests.people import Person


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """The most sessions of a user, for this test."""
    monkeypatch.setattr(session_cap, "MOST", 4)
    return 4


def begun(ada: Person, many: int) -> list[Person]:
    """Return so many browsers in which ada has signed in, one after the other."""
    browsers = [Person(ada.app, "ada") for _ in range(many)]
    for each in browsers:
        assert each.log_in().status_code == 200
    return browsers


def test_as_many_as_the_lists_show(ada: Person) -> None:
    assert session_cap.MOST == 100


def test_the_oldest_end_and_nobody_elses(few: int, ada: Person, bob: Person) -> None:
    browsers = begun(ada, few + 2)
    assert [each.signed_in() for each in browsers] == [False] * 2 + [True] * few
    assert not ada.signed_in()
    assert bob.signed_in()


def test_none_ends_before_there_are_too_many(few: int, ada: Person) -> None:
    browsers = begun(ada, few - 1)
    assert all(each.signed_in() for each in [ada, *browsers])


def test_all_of_an_earlier_version_that_are_too_many_end(
    few: int, ada: Person, monkeypatch: pytest.MonkeyPatch, rows: Any
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(session_cap, "MOST", 100)
        begun(ada, 2 * few)
    [last] = begun(ada, 1)
    assert rows("SELECT count(*) FROM sessions") == [(few,)]
    assert last.signed_in()


def test_the_log_says_so_once_it_is_committed(
    few: int, ada: Person, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("passline"), "propagate", True)
    begun(ada, few - 1)
    assert "account:session:ended" not in caplog.messages
    begun(ada, 1)
    told = {
        vars(each)["detail"]
        for each in caplog.records
        if each.getMessage() == "account:session:ended"
    }
    assert told == {"the oldest: 1, with more than 4"}
