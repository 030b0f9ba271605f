"""What the documentation says of a view, beside its route, its docstring and the schema of its body."""

from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema

from app.errors import AppError
from app.openapi.shapes import example

Parameter = dict[str, Any]


@dataclass(frozen=True)
class Answered:
    """An answer other than an error's: a JSON body by `schema`, or a text of other media types."""

    schema: Schema | None = None
    words: str = ""
    media_types: tuple[str, ...] = ("application/json",)
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def example(self) -> Any:
        """Give an example of the body."""
        return example(self.schema) if self.schema else self.text


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A view's answers by status, the errors that it may raise, whether it needs a sign-in, and what is sent to it.

    Errors of the body, the rate, the origin and the database are added by what the view is made of.
    """

    answers: dict[int, Answered]
    raises: tuple[type[AppError], ...] = ()
    signed_in: bool = False
    sends: dict[str, Any] | None = None
    parameters: tuple[Parameter, ...] = ()
    uses_database: bool = True


def gives(schema: Schema | type[Schema], words: str = "", *, sets: str = "") -> dict[int, Answered]:
    """Answer 200 with JSON; `sets` tells of the cookie that comes with it."""
    schema = schema if isinstance(schema, Schema) else schema()
    return {200: Answered(schema, words, headers={"Set-Cookie": sets} if sets else {})}


def parameter(
    name: str, place: str, words: str, value: str, *, required: bool = False
) -> Parameter:
    """Describe a parameter of the path, the query, the headers or the cookies."""
    return {
        "name": name,
        "in": place,
        "description": words,
        "required": required or place == "path",
        "schema": {"type": "string"},
        "example": value,
    }
