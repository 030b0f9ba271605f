"""What every refusal does: state our error, burn the challenge, change nothing else."""

from collections.abc import Callable

from werkzeug.test import TestResponse

from app.errors import AppError
from app.storage.models import TABLES, Challenge


def stored() -> dict[str, list[str]]:
    """Return every row of every table but the challenges."""
    return {
        table.__name__: sorted(map(repr, table.select().tuples()))
        for table in TABLES
        if table is not Challenge
    }


def pending() -> int:
    """Return the number of challenges that can still be used."""
    return int(Challenge.select().count())


def is_refusal(answer: TestResponse, error: type[AppError]) -> None:
    """Assert that the answer is this error, and says only who is signed in besides."""
    said = dict(answer.json or {})
    assert (said.pop("user", None) or {}).keys() in (set(), {"username", "handle"})
    told = {"error": error.code, "message": error.sentence}
    assert (answer.status_code, said) == (error.status, told)


def refused(attempt: Callable[[], TestResponse], error: type[AppError], *, left: int = 0) -> None:
    """Assert that the attempt is refused by this error and changes nothing.

    It must leave exactly `left` challenges unburnt.
    """
    before = stored()
    is_refusal(attempt(), error)
    assert stored() == before
    assert pending() == left
