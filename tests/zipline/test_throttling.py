"""Guessing passwords over the API: delayed for any account, but never for a passkey."""

import time
from typing import Any

import pytest
import time_machine

from tests.parallel import in_parallel
from tests.zipline.people import PASSWORD, Person

WRONG = "not her password"


def guess(person: Person, username: str = "ada", password: str = WRONG) -> Any:
    """Try a password in a browser that nobody has signed in with."""
    person.browser.delete_cookie("passline_device")
    return person.post("/api/auth/login", {"username": username, "password": password})


def test_after_a_few_wrong_passwords_it_is_429_and_says_when_to_come_back(ada: Person) -> None:
    answers = [guess(ada) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [400] * 6 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert sorted(answers[-1].json) == ["error", "statusCode"]


def test_while_it_lasts_the_right_password_is_not_judged_either(ada: Person) -> None:
    for _ in range(6):
        guess(ada)
    assert guess(ada, password=PASSWORD).status_code == 429


def test_an_unknown_account_is_delayed_alike(ada: Person, stranger: Person) -> None:
    known = [guess(stranger, "ada").status_code for _ in range(7)]
    unknown = [guess(stranger, "zoe").status_code for _ in range(7)]
    assert known == unknown


@pytest.mark.parametrize("spelling", ["ADA", " ada ", "Ada", "a\u200bda", "\ufeffada"])
def test_other_spellings_of_the_name_are_the_same_account(ada: Person, spelling: str) -> None:
    for _ in range(6):
        guess(ada)
    assert guess(ada, spelling).status_code == 429


def test_a_passkey_signs_in_all_the_same(ada: Person) -> None:
    ada.add_passkey()
    while guess(ada).status_code != 429:
        pass
    assert ada.sign_in().status_code == 200


def test_the_owner_elsewhere_signs_in_by_password_all_the_same(ada: Person) -> None:
    while guess(ada).status_code != 429:
        pass
    assert ada.log_in(environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code == 200


def test_a_right_password_takes_the_failures_back(ada: Person) -> None:
    for _ in range(4):
        guess(ada)
    ada.log_in()
    assert [guess(ada).status_code for _ in range(6)] == [400] * 6


def test_parallel_guesses_do_not_slip_through(ada: Person) -> None:
    # On a slow machine a delay would end meanwhile, if the clock went on.
    with time_machine.travel(time.time(), tick=False):
        for _ in range(5):
            guess(ada)
        statuses = in_parallel(lambda _: guess(Person(ada.app, "eve")).status_code, range(7))
    assert statuses.count(400) <= 1
    assert set(statuses) <= {400, 429, 503}  # without the worker, nobody waits for a place
