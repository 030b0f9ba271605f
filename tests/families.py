"""Our errors: all of them, and what an edge's table says of them."""

from typing import Any

from app import create_app as create_app  # which loads every module that has errors
from app import errors
from app.errors import AppError


def family(error: type[AppError] = AppError) -> list[type[AppError]]:
    """Return an error with all its descendants."""
    return [error, *(each for child in error.__subclasses__() for each in family(child))]


def example(error: type[AppError]) -> AppError:
    """Return an error of this class."""
    if error is errors.Throttled:
        return errors.Throttled(3)
    return error(x="wrong") if error is errors.InvalidInput else error()


def repeated(table: dict[type[AppError], Any]) -> list[type[AppError]]:
    """Return the errors whose line in a table only repeats their nearest ancestor's."""
    found = []
    for error, said in table.items():
        ancestors = [kind for kind in error.__mro__[1:] if kind in table]
        if ancestors and table[ancestors[0]] == said:
            found.append(error)
    return found


def unknown(table: dict[type[AppError], Any]) -> list[type[AppError]]:
    """Return the errors for which a table has nothing but what it says of any error.

    They would be answered as if something had gone wrong on the server.
    """
    return [
        error
        for error in family()
        if error is not AppError
        and next(kind for kind in error.__mro__ if kind in table) is AppError
    ]
