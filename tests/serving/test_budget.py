"""Who has to go when clients make the worker keep too much for them."""

from app.serving.budget import Budget


def test_within_the_budget_nobody() -> None:
    budget = Budget(100)
    budget.note("a", 60)
    budget.note("b", 40)
    assert budget.victim() is None
    budget.note("b", 41)
    assert budget.victim() == "a"
    budget.forget("a")
    budget.forget("a")  # it may leave twice
    assert budget.victim() is None


def test_the_largest_has_to_go_and_not_who_has_just_begun() -> None:
    budget = Budget(1000)
    for number in range(100):
        budget.note(f"old {number}", 5 + number % 10)
    budget.note("new", 900)
    assert budget.victim() == "old 9"
    budget.forget("old 9")
    budget.forget("old 19")
    assert budget.victim() == "new"  # now it is one of the hundred oldest


def test_who_sends_more_keeps_the_place_in_the_order() -> None:
    budget = Budget(10)
    for number in range(101):
        budget.note(number, 1)
    budget.note(0, 5)
    assert budget.victim() == 0
