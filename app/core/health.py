"""The health of the service."""

from app.storage import database


def check() -> None:
    """Run an empty query. Raises one of `database.Unreachable`."""
    database.ping()
