"""The address at which people reach the service, for commands that print links."""

from app.core import facts
from app.settings import PREFIX, Settings, origin_of
from app.storage import database

_NAME = "origin"


def remember(settings: Settings) -> None:
    """Store the origin of a server that starts, if it is not the one that is stored.

    `make run` tells it to the server alone, and commands run without it.
    """
    try:
        with database.db.connection_context():
            facts.write(_NAME, settings.web_origin.encode())
    finally:
        database.disconnect()


def link(path: str, settings: Settings) -> str:
    """Return a link to our page, at PASSLINE_ORIGINS or else where the server is."""
    served = None if origin_of(f"{PREFIX}ORIGINS") != "default" else facts.read(_NAME)
    origin = served.decode() if served else settings.web_origin
    return f"{origin}{settings.url_prefix}{path}"
