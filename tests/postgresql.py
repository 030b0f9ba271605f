"""A PostgreSQL database for this process, emptied for each test."""

import getpass
import os
from functools import cache
from typing import Any

import pytest

from app.storage import database
from app.storage.models import TABLES

# Any database of the server to start from; the tests make their own beside it.
SERVER = os.environ.get(
    "PASSLINE_TEST_POSTGRESQL", f"postgresql://127.0.0.1/postgres?user={getpass.getuser()}"
)

# Lets the numbers of the emptied tables begin anew.
_FROM_ONE = """
    SELECT setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relname NOT LIKE 'schema_migrations%'
"""


@cache
def _own_database() -> str | None:
    """Make this process's database; return its URL, or None if there is no server."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    name = f"passline_test_{os.getpid()}"
    try:
        with psycopg.connect(SERVER, autocommit=True, connect_timeout=3) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name}")
            connection.execute(f"CREATE DATABASE {name}")
    except psycopg.OperationalError:
        return None
    parts = conninfo_to_dict(SERVER)
    return f"postgresql://{parts['host']}:{parts.get('port', 5432)}/{name}?user={parts['user']}"


def empty_database() -> str:
    """Return the URL of an empty database.

    Where there is no server, the test is skipped; in CI it fails.
    """
    url = _own_database()
    if url is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("no PostgreSQL server at PASSLINE_TEST_POSTGRESQL")
    with _connected(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


def emptied_database() -> str:
    """Return the URL of a database that has the tables, and nothing in them.

    Otherwise it is as empty_database().
    """
    url = _own_database()
    if url is not None:
        with _connected(url) as connection:
            if _is_upgraded(connection):
                # Faster than TRUNCATE, which makes new files.
                names = (table._meta.table_name for table in reversed(TABLES))
                connection.execute("; ".join(f"DELETE FROM {name}" for name in names))
                connection.execute(_FROM_ONE)
                return url
    url = empty_database()
    database.bind(url)
    database.upgrade()
    return url


def _is_upgraded(connection: Any) -> bool:
    """Return whether the last test left the tables as the migrations made them."""
    if connection.execute("SELECT to_regclass('public.schema_migrations')").fetchone() == (None,):
        return False
    applied = {name for (name,) in connection.execute("SELECT name FROM schema_migrations")}
    listing = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    tables = {name for (name,) in connection.execute(listing)}
    wanted = {table._meta.table_name for table in TABLES} | {"schema_migrations"}
    return applied == {path.stem for path in database.MIGRATIONS.glob("0*.py")} and tables == wanted


def _connected(url: str) -> Any:
    import psycopg

    connection = psycopg.connect(url, autocommit=True)
    connection.execute("SET synchronous_commit = off")
    return connection


def drop_own_database() -> None:
    """Drop this process's database, if it made one."""
    import psycopg

    if not _own_database.cache_info().currsize or (url := _own_database()) is None:
        return
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {url.split('?')[0].rsplit('/', 1)[1]} WITH (FORCE)")
