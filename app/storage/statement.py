"""A query that peewee builds once and that then runs as text.

Values are passed by name; their order in the text is read from peewee.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from peewee import Field, Insert, Query, Value

from app.storage.database import db
from app.storage.models import Table


class Named(NamedTuple):
    """A placeholder for a value, in a query that is being built."""

    name: str


def value(name: str) -> Value:
    """Return a placeholder for the value passed as `name` when the statement runs."""
    return Value(Named(name), converter=False, unpack=False)


def columns(table: type[Table], record: Any) -> list[Field]:
    """Return the columns of `table` that `record` consists of."""
    return [getattr(table, name) for name in record._fields]


class Statement:
    """A query as text for the bound database, built when it first runs there."""

    def __init__(self, build: Callable[[], Query]) -> None:
        self._build = build
        self._text = ""
        self._order: list[str] = []
        self._names: frozenset[str] = frozenset()
        self._database: Any = None

    def run(self, **values: Any) -> None:
        """Write with these values."""
        with db.obj.turn:
            self._execute(values).close()

    def change(self, **values: Any) -> Any:
        """Write with these values, and return the only row of RETURNING, or None."""
        with db.obj.turn:
            return self.one(**values)

    def one(self, **values: Any) -> Any:
        """Execute with these values, and return the only row, or None."""
        cursor = self._execute(values)
        row = cursor.fetchone()
        cursor.close()  # an open RETURNING would keep SQLite's write lock
        return row

    def all(self, **values: Any) -> list[Any]:
        """Execute with these values, and return every row."""
        rows: list[Any] = self._execute(values).fetchall()
        return rows

    def _execute(self, values: dict[str, Any]) -> Any:
        if self._database is not db.obj:
            self._text, places = self._build().sql()
            self._order = [each.name for each in places]
            self._names, self._database = frozenset(self._order), db.obj
        if values.keys() != self._names:
            raise TypeError(f"the statement takes {sorted(self._names)}")
        return self._database.execute_sql(self._text, [values[name] for name in self._order])


def insert(table: type[Table]) -> Insert:
    """Insert every column by name, except an id that the database assigns."""
    fields = [field for field in table._meta.sorted_fields if not field.auto_increment]
    query: Insert = table.insert({field: value(field.column_name) for field in fields})
    return query
