"""What the checks of `flask doctor` find."""

from typing import Literal, NamedTuple

Level = Literal["ok", "warning", "fault"]


class Finding(NamedTuple):
    """A check's finding: a `fault` keeps people out, a `warning` deserves attention."""

    level: Level
    about: str
    words: str


def people(number: int, one: str, more: str) -> str:
    """Return "1 person is" or "2 people are", with these verbs."""
    return f"1 person {one}" if number == 1 else f"{number} people {more}"
