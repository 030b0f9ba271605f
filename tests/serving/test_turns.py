"""Few requests may hash a password at once: the others wait their turn."""

import time

from app.serving.turns import Turns


def admitted(turns: Turns) -> list[str]:
    """Return whose turn it is, one after the other."""
    order = []
    while conn := turns.admit():
        order.append(conn)
        turns.leave(conn)
    return order


def test_no_more_have_a_place_than_there_are_places() -> None:
    turns = Turns(2, 5)
    for name in "abc":
        turns.wait(name, "one network")
    assert [turns.admit(), turns.admit(), turns.admit()] == ["a", "b", None]
    turns.leave("z")  # it had none
    assert turns.admit() is None
    turns.leave("a")
    assert turns.admit() == "c"


def test_turns_come_in_the_order_of_arrival() -> None:
    turns = Turns(1, 5)
    for name in "abcd":
        turns.wait(name, f"network of {name}")
    assert admitted(turns) == list("abcd")


def test_networks_take_turns() -> None:
    turns = Turns(1, 5)
    for number in range(4):
        turns.wait(f"a{number}", "a")
    turns.wait("b0", "b")
    turns.wait("c0", "c")
    turns.wait("b1", "b")
    assert admitted(turns) == ["a0", "b0", "c0", "a1", "b1", "a2", "a3"]


def test_who_waits_too_long_is_found_and_loses_the_turn() -> None:
    turns = Turns(1, 0.05)
    turns.wait("a", "x")
    assert turns.admit() == "a"
    turns.wait("b", "x")
    turns.wait("c", "y")
    assert turns.late() == []
    time.sleep(0.06)
    turns.wait("d", "x")
    assert turns.late() == ["b", "c"]
    turns.leave("a")
    assert admitted(turns) == ["d"]
