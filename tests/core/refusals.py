"""What every refusal has to be: a sentence with Zipline's number, the challenge burnt, and nothing else changed."""

from collections.abc import Callable

from werkzeug.test import TestResponse

from app.errors import AppError
from app.storage.models import TABLES, Challenge
from app.zipline.errors import CODES


def stored() -> dict[str, list[str]]:
    """Give every row of every table but the challenges."""
    return {
        table.__name__: sorted(map(repr, table.select().tuples()))
        for table in TABLES
        if table is not Challenge
    }


def pending() -> int:
    """Count the challenges that can still be used."""
    return int(Challenge.select().count())


def is_refusal(answer: TestResponse, error: type[AppError]) -> None:
    """Assert that the answer is this error in Zipline's form: its sentence comes first, where to go on may follow."""
    said = dict(answer.json or {})
    assert str(said.pop("error", "")).startswith(f"E{CODES[error]}: {error.sentence}")
    assert (answer.status_code, said) == (
        error.status,
        {"code": CODES[error], "statusCode": error.status},
    )


def refused(attempt: Callable[[], TestResponse], error: type[AppError], *, left: int = 0) -> None:
    """Assert that the attempt is refused by this error, changes nothing, and leaves so many challenges unburnt."""
    before = stored()
    is_refusal(attempt(), error)
    assert stored() == before
    assert pending() == left
