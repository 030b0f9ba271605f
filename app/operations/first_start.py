"""What a server's start tells whoever is to make the first account."""

from app.core import accounts, setup_codes
from app.operations import address
from app.settings import Settings, log
from app.storage import database


def announce(settings: Settings) -> None:
    """Log a link with a new set-up code, if the first account is still to be made.

    On localhost it needs none. No LOG_LEVEL hides it: without it nobody gets in.
    """
    try:
        with database.db.connection_context():
            if setup_codes.needed(settings) and accounts.nobody_yet():
                link = address.link(f"/setup?code={setup_codes.issue()}", settings)
                log.critical("Nobody has an account yet. Make the administrator's at %s", link)
    finally:
        database.disconnect()
