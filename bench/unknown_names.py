"""python -m bench.unknown_names: what time tells about names, as ARGON2 changes."""

import os
import statistics
import tempfile
from collections.abc import Callable
from time import process_time

from flask import Flask

from app import create_app
from app.core import accounts, signin
from app.core.account_errors import WrongPassword
from app.core.accounts import Newcomer
from app.core.context import Caller, Context
from app.storage import database
from app.storage.models import Failure, User

OLD, NEW = "m=19456,t=2,p=1", "m=65536,t=3,p=1"
_TIMES = 15


def main() -> None:
    """Print a table: the CPU time of a refused sign-in, for known and unknown names."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PASSLINE_DATA_DIR"] = folder
        os.environ["PASSLINE_LOG_LEVEL"] = "error"
        print(
            "| accounts | name | p50 CPU ms | smallest to largest |", "|---|---|--:|--:|", sep="\n"
        )
        app = _app(OLD)
        _populate(app, *(f"old {number}" for number in range(6)))
        _row(app, "all of before, same ARGON2", "known", lambda n: f"old {n % 6}")
        _row(app, "", "unknown", lambda n: f"nobody {n}")
        app = _app(NEW)
        _row(app, "all of before, ARGON2 changed", "known", lambda n: f"old {n % 6}")
        _row(app, "", "unknown", lambda n: f"nobody {n}")
        _populate(app, *(f"new {number}" for number in range(6)))
        _row(app, "half before, half after", "known, of before", lambda n: f"old {n % 6}")
        _row(app, "", "known, of after", lambda n: f"new {n % 6}")
        for number in range(6):
            _row(
                app, "", f"unknown no. {number}, always the same", lambda _, n=number: f"nobody {n}"
            )


def _app(argon2: str) -> Flask:
    os.environ["PASSLINE_ARGON2"] = argon2
    if database.db.obj is not None:
        database.disconnect()
    return create_app(upgrade=True)


def _populate(app: Flask, *names: str) -> None:
    for name in names:
        row = accounts.new_row(Newcomer(name, "correct horse battery"), app.extensions["passline"])
        User.insert(row | {"role": "USER"}).execute()


def _row(app: Flask, accounts_: str, kind: str, name: Callable[[int], str]) -> None:
    times = sorted(_time(app, name(number)) for number in range(_TIMES))
    spread = f"{times[0]:.1f} to {times[-1]:.1f}"
    print(f"| {accounts_} | {kind} | {statistics.median(times):.1f} | {spread} |", flush=True)


def _time(app: Flask, name: str) -> float:
    context = Context(app.extensions["passline"], Caller("192.0.2.1", ""))
    Failure.delete().execute()  # or the delays would set in
    begun = process_time()
    try:
        signin.by_password(name, "not the password", context=context)
    except WrongPassword:
        return (process_time() - begun) * 1000
    raise AssertionError(name)


if __name__ == "__main__":
    main()
