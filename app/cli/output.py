"""Tables for people, JSON for programs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click
import orjson


def moment(milliseconds: int | None) -> str | None:
    """Return a time as ISO 8601 in UTC, to the second."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def show(rows: Sequence[dict[str, Any]], *, as_json: bool, nothing: str = "Nothing.") -> None:
    """Print rows with the same keys as a table, or as a JSON array."""
    if as_json:
        print_json(list(rows))
    elif rows:
        click.echo(table(rows))
    else:
        click.echo(nothing)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def say(sentence: str, facts: dict[str, Any], *, as_json: bool) -> None:
    """Print a result: a sentence, or the facts as a JSON object."""
    if as_json:
        print_json(facts)
    else:
        click.echo(sentence)


def listing(facts: Sequence[tuple[str, Any]]) -> str:
    """Return the names and values as text, each on a line of its own."""
    width = max(len(name) for name, _ in facts)
    return "\n".join(f"{name.capitalize():<{width}}  {_cell(value)}" for name, value in facts)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as text, aligned under their keys."""
    lines = [
        [key.replace("_", " ").upper() for key in rows[0]],
        *([_cell(value) for value in row.values()] for row in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    # Strangers choose names, and terminals obey control characters.
    return text if text.isprintable() else repr(text)
