"""Totality: every error of ours is spelled in Zipline's dialect, by a number of the range that its status has."""

from collections.abc import Iterator

import pytest

from app.errors import AppError
from app.zipline.errors import CODES


def family(error: type[AppError] = AppError) -> Iterator[type[AppError]]:
    yield error
    for child in error.__subclasses__():
        yield from family(child)


def test_every_error_is_spelled_and_nothing_else_is() -> None:
    assert set(family()) == set(CODES)


def test_every_errors_own_code_is_unique() -> None:
    codes = [error.code for error in family()]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize(
    "error", [each for each, code in CODES.items() if code], ids=lambda each: each.__name__
)
def test_the_numbers_range_matches_the_status(error: type[AppError]) -> None:
    ranges = {1: 400, 2: 401, 3: 403, 4: 404, 5: 413, 6: 500}
    code = CODES[error] or 0
    assert error.status == {9000: 400, 9001: 403, 9002: 404, 9004: 500}.get(
        code, ranges.get(code // 1000)
    )
