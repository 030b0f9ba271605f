"""API tokens as they are stored: a digest to find the user by, and sealed."""

from typing import Any

from app.core import tokens
from app.core.context import Service
from app.core.sealing import Place
from app.storage.models import User


def columns(service: Service, user_id: str, token: str | None = None) -> dict[str, Any]:
    """Return the columns of an API token, by default a new one that is not shown."""
    token = token or tokens.new_token()
    sealed = service.seal.close(token, place(user_id))
    return {"token_digest": tokens.digest(token), "token_sealed": sealed}


def place(user_id: str) -> Place:
    """Return the place that a user's sealed API token is bound to."""
    return Place.of(User.token_sealed, user_id)
