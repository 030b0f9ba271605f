"""Signing out: the end of the sessions that a browser shows.

Each ends in a statement of its own, because nothing may wait for the lock of one while
it holds that of another.
"""

from app.core import session_ends, tokens
from app.core.sessions import Live
from app.storage import database
from app.storage.statements import SESSION_END


def by_tokens(ended: list[str]) -> None:
    """End the sessions of these tokens, where there are any, at the user's request."""
    for token in ended:
        with database.durable():
            SESSION_END.run(token_digest=tokens.digest(token))


def of_live(live: Live) -> None:
    """End this session at the user's request."""
    with database.durable():
        session_ends.end_live(live)


def replaced(ended: list[str]) -> None:
    """End the sessions of these tokens, because the browser has a new one.

    A power cut may undo it, but no standby that takes over.
    """
    for token in ended:
        SESSION_END.run(token_digest=tokens.digest(token))
