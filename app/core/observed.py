"""Ceremonies as they end, for whoever counts them: nobody does unless metrics are on."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from app.errors import AppError

Given = ParamSpec("Given")
Result = TypeVar("Result")

listeners: list[
    Callable[[str, str], None]
] = []  # each is told the ceremony and the refusal's code, "" for success


def observed(ceremony: str) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Tell the listeners how each call of the verb ends."""

    def decorate(verb: Callable[Given, Result]) -> Callable[Given, Result]:
        @wraps(verb)
        def told(*args: Given.args, **kwargs: Given.kwargs) -> Result:
            if not listeners:
                return verb(*args, **kwargs)
            try:
                result = verb(*args, **kwargs)
            except Exception as error:
                _tell(ceremony, error.code if isinstance(error, AppError) else AppError.code)
                raise
            _tell(ceremony, "")
            return result

        return told

    return decorate


def _tell(ceremony: str, reason: str) -> None:
    for listener in listeners:
        listener(ceremony, reason)
