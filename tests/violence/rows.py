"""Reads, and holds up, a database beside the server that uses it."""

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def connected(url: str) -> Iterator[Any]:
    """A connection of our own, which commits at once."""
    if url.startswith("sqlite:///"):
        connection: Any = sqlite3.connect(
            url.removeprefix("sqlite:///"),
            timeout=10,
            isolation_level=None,
            check_same_thread=False,
        )
    else:
        import psycopg

        connection = psycopg.connect(url, autocommit=True)
    with contextlib.closing(connection):
        yield connection


def query(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Give the rows of a SELECT."""
    with connected(url) as connection:
        return [tuple(row) for row in connection.execute(sql).fetchall()]
