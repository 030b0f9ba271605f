"""Few requests may hash a password at once: the others wait their turn."""

import pytest

from app.serving import turns as module
from app.serving.turns import Turns


def wait(turns: Turns, conn: str, network: str, *, size: int = 1, until: float = 5) -> list[str]:
    return turns.wait(conn, network, size=size, until=until)


def admitted(turns: Turns) -> list[str]:
    """Return whose turn it is, one after the other."""
    order = []
    while conn := turns.admit():
        order.append(conn)
        turns.leave(conn)
    return order


def test_no_more_have_a_place_than_there_are_places() -> None:
    turns = Turns(2)
    for name in "abc":
        wait(turns, name, "one network")
    assert [turns.admit(), turns.admit(), turns.admit()] == ["a", "b", None]
    turns.leave("z")  # it had none
    assert turns.admit() is None
    turns.leave("a")
    assert turns.admit() == "c"


def test_turns_come_in_the_order_of_arrival() -> None:
    turns = Turns(1)
    for name in "abcd":
        wait(turns, name, f"network of {name}")
    assert admitted(turns) == list("abcd")


def test_networks_take_turns() -> None:
    turns = Turns(1)
    for number in range(4):
        wait(turns, f"a{number}", "a")
    wait(turns, "b0", "b")
    wait(turns, "c0", "c")
    wait(turns, "b1", "b")
    assert admitted(turns) == ["a0", "b0", "c0", "a1", "b1", "a2", "a3"]


def test_who_waits_too_long_is_found_and_loses_the_turn() -> None:
    turns = Turns(1)
    wait(turns, "a", "x", until=5)
    assert turns.admit() == "a"
    wait(turns, "b", "x", until=6)
    wait(turns, "c", "y", until=7)
    wait(turns, "d", "x", until=9)
    assert turns.late(5) == []
    assert turns.late(7) == ["b", "c"]
    turns.leave("a")
    assert admitted(turns) == ["d"]


def test_beyond_the_most_the_latest_of_the_network_with_the_most_have_to_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST", 4)
    turns = Turns(1)
    for number in range(3):
        assert wait(turns, f"a{number}", "a") == []
    assert wait(turns, "b0", "b") == []
    assert wait(turns, "c0", "c") == ["a2"]
    assert wait(turns, "a3", "a") == ["a3"]
    assert admitted(turns) == ["a0", "b0", "c0", "a1"]


def test_what_waits_has_a_bound_in_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_BYTES", 100)
    turns = Turns(1)
    assert wait(turns, "a0", "a", size=60) == []
    assert wait(turns, "b0", "b", size=30) == []
    assert wait(turns, "a1", "a", size=50) == ["a1"]
    assert turns.admit() == "a0"
    assert wait(turns, "a2", "a", size=70) == []  # the room is free again
