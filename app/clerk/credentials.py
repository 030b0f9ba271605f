"""Credentials of browsers, which Clerk's clients send as JSON in a string."""

from typing import Any

import orjson

from app.errors import InvalidInput
from app.web.bodies import too_deep


def parsed(credential: str) -> Any:
    """Decode the JSON text of a credential, which the core will judge.

    Raises `InvalidInput`.
    """
    try:
        raw = credential.encode()
        value = orjson.loads(raw)
    except ValueError as error:
        fault = "Send the browser's response as JSON."
        raise InvalidInput(public_key_credential=fault) from error
    # No browser nests this deeply; for the core it is no credential.
    return None if too_deep(raw, value) else value


def nonce(options: dict[str, Any]) -> str:
    """Return the JSON text of a ceremony's options."""
    return orjson.dumps(options).decode()
