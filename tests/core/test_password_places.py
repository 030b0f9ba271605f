"""Places for hashing passwords: they leave a thread of the worker to everybody else."""

import contextlib

import pytest
from flask import Flask

from app.core.passwords import Passwords
from app.errors import Busy
from app.settings import Argon2Parameters
from tests.conftest import MakeApp
from tests.people import Person

QUICK = Argon2Parameters(8, 1, 1)
ADA = {"username": "ada", "password": "correct horse battery"}


@pytest.mark.parametrize(("threads", "places"), [(1, 1), (2, 1), (3, 2), (4, 2), (32, 2)])
def test_one_thread_is_left_and_no_more_hash_than_is_worth_it(threads: int, places: int) -> None:
    passwords = Passwords(QUICK)
    passwords.share(threads)
    with contextlib.ExitStack() as held:
        for taken in range(places):
            assert passwords.busy() == taken
            held.enter_context(passwords.place())
        with pytest.raises(Busy), passwords.place():
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
    with service.passwords.place(), pytest.raises(Busy):
        service.passwords.hash("correct horse")


@pytest.mark.parametrize(
    ("path", "word"),
    [
        pytest.param("/account/api/sign-in/password", "busy", id="pages"),
        pytest.param("/api/auth/login", 503, id="zipline", marks=pytest.mark.zipline),
    ],
)
def test_who_finds_no_place_is_told_to_come_back(
    make_app: MakeApp, path: str, word: str | int
) -> None:
    app = make_app()
    with contextlib.ExitStack() as held:
        for _ in range(2):
            held.enter_context(app.extensions["passline"].passwords.place())
        answer = Person(app, "ada").post(path, ADA)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json[{"busy": "error", 503: "statusCode"}[word]] == word
    assert "Try again in a few seconds." in answer.get_data(as_text=True)
