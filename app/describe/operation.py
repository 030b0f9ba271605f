"""The documentation of a view's answers and errors."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from app.describe.shapes import Shape, example
from app.errors import AppError

Parameter = dict[str, Any]
# The security schemes of OpenAPI that more than one edge knows.
SESSION = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "passline_session",
        "description": (
            "What a sign-in sets: `__Host-passline_session` on https, without a prefix or cookie"
            " domain, else `passline_session`. Both are read."
        ),
    }
}
NEW_SESSION = (
    "The session: `passline_session`, or `__Host-passline_session`, HttpOnly, SameSite=Lax. It is"
    " always a new one. `passline_device`, likewise, for 400 days: by it the browser is known as"
    " one that this user has signed in with, whose passwords strangers' failures do not delay."
)
RENEWED = "The session's new token: the session goes on, and the token before is void."
View = TypeVar("View", bound=Callable[..., Any])


class Answered(NamedTuple):
    """An answer that is no error: JSON of `shape`, or text of other media types."""

    status: int = 200
    shape: Shape | list[Shape] | None = None
    words: str = ""
    media_types: tuple[str, ...] = ("application/json",)
    text: str = ""
    headers: Mapping[str, str] = MappingProxyType({})

    @property
    def example(self) -> Any:
        """An example of the body."""
        return example(self.shape) if self.shape else self.text


class Operation(NamedTuple):
    """A view's answers, the errors that it may raise, and whether it needs a sign-in.

    Errors of the body, rate limit, origin and database are derived from the view.
    """

    answers: tuple[Answered, ...]
    raises: tuple[type[AppError], ...] = ()
    signed_in: bool = False
    parameters: tuple[Parameter, ...] = ()
    uses_database: bool = True


def answers(
    *given: Shape | list[Shape] | Answered, words: str = "", sets: str = "", **more: Any
) -> Callable[[View], View]:
    """Document a view that answers 200 with JSON of a shape, or as `Answered` says.

    `words` and `sets` (the cookie that is set) belong to a shape; `more` are members
    of `Operation`.
    """
    operation = Operation(answers=tuple(_answered(each, words, sets) for each in given), **more)

    def decorate(view: View) -> View:
        view.operation = operation  # type: ignore[attr-defined]  # for app/openapi
        return view

    return decorate


def _answered(given: Shape | list[Shape] | Answered, words: str, sets: str) -> Answered:
    if isinstance(given, Answered):
        return given
    return Answered(shape=given, words=words, headers={"Set-Cookie": sets} if sets else {})


def parameter(
    name: str, place: str, words: str, value: str, *, required: bool = False
) -> Parameter:
    """Return the description of a path, query, header or cookie parameter."""
    return {
        "name": name,
        "in": place,
        "description": words,
        "required": required or place == "path",
        "schema": {"type": "string"},
        "example": value,
    }
