"""Ids, tokens, and the digests of tokens."""

import hashlib
import secrets

from app.core import clock

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_RANDOM = 36**16


def new_id() -> str:
    """Return an id like Zipline's: "c", the time and 82 random bits, in 25 characters.

    The time comes first so that new rows are neighbours in an index.
    """
    return "c" + _base36(clock.now(), 8) + _base36(secrets.randbelow(_RANDOM), 16)


def _base36(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def new_token() -> str:
    """Return a token of 256 bits: 43 characters of base64url."""
    return secrets.token_urlsafe(32)


def looks_like_token(text: str) -> bool:
    """Return whether `text` has the form of new_token().

    This keeps credentials of other schemes from being taken for a token.
    """
    return len(text) == 43 and text.isascii() and text.replace("-", "a").replace("_", "a").isalnum()


def looks_like_id(text: str) -> bool:
    """Return whether `text` has the form of an id, of new_id() or imported.

    Anything else needs no query.
    """
    return 0 < len(text) <= 64 and text.isascii() and text.isalnum()


def digest(text: str) -> bytes:
    """Return the SHA-256 that is stored in place of a token.

    256 random bits need no salt and no slow hash.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
