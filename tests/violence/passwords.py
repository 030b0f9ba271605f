"""Many people who sign in by password at once."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, NamedTuple

from tests.live import Answer, Client

SIGN_IN = "/account/api/sign-in/password"
PASSWORD = "correct horse battery"


class Tried(NamedTuple):
    """An answer, and how long it took in seconds."""

    answer: Answer
    seconds: float


def account(name: str) -> dict[str, Any]:
    """Return what somebody signs in with."""
    return {"username": name, "password": PASSWORD}


def people(port: int, many: int) -> list[str]:
    """Make so many accounts, and return their names."""
    names = [f"person{number}" for number in range(many)]
    for number, name in enumerate(names):
        path = "/account/api/registration" if number else "/account/api/setup"
        assert Client(port).call("POST", path, account(name)).status == 200
    return names


def sign_in_at_once(
    port: int, names: Sequence[str], *, path: str = SIGN_IN, **headers: str
) -> list[Tried]:
    """Let everybody sign in at the same moment."""
    together = Barrier(len(names))

    def one(name: str) -> Tried:
        together.wait(timeout=20)
        begun = time.monotonic()
        answer = Client(port).call("POST", path, account(name), **headers)
        return Tried(answer, time.monotonic() - begun)

    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(one, names))
