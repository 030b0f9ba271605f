"""Every error of ours is spelled in Zipline's dialect: its number fits its status."""

import pytest

from app.errors import AppError
from app.web.edges import nearest
from app.zipline.errors import CODES
from tests.families import example, family, repeated, unknown


def test_the_table_has_a_line_only_where_an_error_is_spelled_unlike_its_ancestors() -> None:
    assert AppError in CODES
    assert repeated(CODES) == []


def test_every_error_is_spelled_as_itself_or_as_one_of_its_family() -> None:
    assert unknown(CODES) == []


def test_every_errors_own_code_is_unique() -> None:
    codes = [error.code for error in family()]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("error", family(), ids=lambda each: each.__name__)
def test_the_numbers_range_matches_the_status(error: type[AppError]) -> None:
    ranges = {1: 400, 2: 401, 3: 403, 4: 404, 5: 413, 6: 500}
    code = nearest(CODES, example(error))
    if code is not None:
        other = {9000: 400, 9001: 403, 9002: 404, 9004: 500}.get(code, ranges.get(code // 1000))
        assert error.status == other
