"""Places for hashing passwords: they leave a thread of the worker to everybody else."""

import contextlib

import pytest
from flask import Flask

from app.core.passwords import Passwords
from app.errors import Throttled
from app.settings import Argon2Parameters

QUICK = Argon2Parameters(8, 1, 1)


@pytest.mark.parametrize(("threads", "places"), [(1, 1), (2, 1), (3, 2), (4, 3), (32, 3)])
def test_one_thread_is_left_and_no_more_hash_than_is_worth_it(threads: int, places: int) -> None:
    passwords = Passwords(QUICK)
    passwords.share(threads)
    with contextlib.ExitStack() as held:
        for taken in range(places):
            assert passwords.busy() == taken
            held.enter_context(passwords.place())
        with pytest.raises(Throttled), passwords.place():
            pass
        assert passwords.busy() == places
    assert passwords.busy() == 0


def test_a_place_is_given_back_whatever_happens() -> None:
    passwords = Passwords(QUICK)
    for _ in range(5):
        with pytest.raises(RuntimeError), passwords.place():
            raise RuntimeError
    assert passwords.busy() == 0


def test_the_worker_hands_over_the_number_of_its_threads(app: Flask) -> None:
    service = app.extensions["passline"]
    for started in app.extensions["passline.worker_started"]:
        started(2)
    with service.passwords.place(), pytest.raises(Throttled):
        service.passwords.hash("correct horse")
