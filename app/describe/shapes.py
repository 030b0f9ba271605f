"""The shapes of answers, written as examples.

They document answers and are tested against real ones, but serialize nothing; what a
client sends is documented from the schemas that validate it. A shape is only data:
app/openapi makes a schema of it when the document is first asked for.
"""

from typing import Any, NamedTuple


class Shape(NamedTuple):
    """The members of a JSON object. Later versions may add members."""

    name: str
    members: dict[str, "Member"]


class Member(NamedTuple):
    """A member, with its type by an example of it.

    `value` is a str, int, bool or None (always null), a `Shape`, a list with one of
    these or nothing, or a dict (any object).
    """

    value: Any
    words: str = ""
    enum: tuple[str, ...] = ()
    format: str = ""
    required: bool = True
    nullable: bool = False
    random: bool = False
    brief: bool = False


def shape(dialect: str, name: str, /, **members: Any) -> Shape:
    """Return a shape, named after its dialect, from an example of every member."""
    return Shape(dialect + name, {key: member(value) for key, value in members.items()})


def member(value: Any) -> Member:
    """Return the member of a value."""
    return value if isinstance(value, Member) else Member(value)


def one_of(*words: str) -> Member:
    """Return a member that is one of these words."""
    return Member(words[0], enum=words)


def time(value: str = "2026-11-22T09:30:00.000Z") -> Member:
    """Return a member that is a time in ISO 8601, UTC."""
    return Member(value, format="date-time")


def described(value: Any, words: str) -> Member:
    """Return the member with a description."""
    return member(value)._replace(words=words)


def random(value: str) -> Member:
    """Return a text that differs each time."""
    return Member(value, words="Random.", random=True)


def or_null(value: Any) -> Member:
    """Return the member, which may also be null."""
    return member(value)._replace(nullable=True)


def optional(value: Any) -> Member:
    """Return the member, which may also be left out."""
    return member(value)._replace(required=False)


def brief(value: Any) -> Member:
    """Return a list or what may be null, whose example is nothing.

    It is for what many answers hold, and a few show.
    """
    return member(value)._replace(brief=True)


def example(of: Any) -> Any:
    """Return an example of a shape, a list with a shape, or a member's value."""
    if isinstance(of, Shape):
        return {name: example(each) for name, each in of.members.items()}
    if isinstance(of, Member):
        nothing: Any = [] if isinstance(of.value, list) and not of.nullable else None
        return nothing if of.brief else example(of.value)
    if isinstance(of, list):
        return [example(each) for each in of]
    return of
