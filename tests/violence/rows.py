"""Read a database, or hold it up, beside the server that uses it."""

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def connected(url: str) -> Iterator[Any]:
    """Open a connection of our own, which commits at once."""
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        free = {"isolation_level": None, "check_same_thread": False}
        connection: Any = sqlite3.connect(path, timeout=10, **free)
    else:
        import psycopg

        connection = psycopg.connect(url, autocommit=True)
    with contextlib.closing(connection):
        yield connection


def query(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a SELECT."""
    with connected(url) as connection:
        return [tuple(row) for row in connection.execute(sql).fetchall()]
