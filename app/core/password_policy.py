"""Which new passwords are refused. Existing ones stay good for signing in."""

import hashlib
import logging
import unicodedata
from functools import cache
from pathlib import Path

from app.core import text
from app.settings import Settings
from app.settings.hash_file import line_from

logger = logging.getLogger("passline")

SHORTEST, LONGEST = 8, 1024
TOO_SHORT, TOO_LONG = f"Use at least {SHORTEST} characters.", f"Use at most {LONGEST} characters."
COMMON = "This password is one of the commonest. Choose another one."
_COMMONEST = Path(__file__).with_name("common_passwords.txt")  # from Django, 8 characters and more
_DIGITS = 40  # of a SHA-1 in hex


def normal(password: str) -> str:
    """Return the password in NFC: keyboards differ in how they compose letters.

    This is RFC 8265, 4.2.
    """
    return unicodedata.normalize("NFC", password)


def fault_in(password: str, *, username: str, settings: Settings) -> str | None:
    """Return what is wrong with a new password, or None.

    Its length counts, and whether it is one that attackers try first; there are no
    composition rules (NIST SP 800-63B, 3.1.1.2).
    """
    if len(password) < SHORTEST:
        return TOO_SHORT
    if len(password) > LONGEST:
        return TOO_LONG
    if not text.username_key(password):
        return "Use characters that can be seen, too."
    if text.username_key(password) == text.username_key(username):
        return "Do not use your username as the password."
    if _is_common(password) or _is_listed(password, settings.password_blocklist):
        return COMMON
    return None


def _is_common(password: str) -> bool:
    """Return whether it is a common password in any case, spaces around it or not."""
    return _folded(password).strip() in _commonest()


def _folded(password: str) -> str:
    return normal(normal(password).casefold())


@cache
def _commonest() -> frozenset[str]:
    return frozenset(map(_folded, _COMMONEST.read_text("utf-8").splitlines()))


def _is_listed(password: str, blocklist: Path | None) -> bool:
    """Return whether the operator's file has the hash of the password.

    A file that has become unreadable since the start refuses nothing: people must still
    be able to replace a password that others know.
    """
    if blocklist is None:
        return False
    encoded = normal(password).encode("utf-8", "surrogatepass")
    wanted = hashlib.sha1(encoded, usedforsecurity=False).hexdigest().upper().encode()
    try:
        return _first_from(wanted, blocklist) == wanted
    except OSError as error:
        reason = {"cause": error.strerror}
        logger.error("PASSLINE_PASSWORD_BLOCKLIST cannot be read and is left out", extra=reason)
        return False


def _first_from(wanted: bytes, path: Path) -> bytes:
    """Return the first hash of a sorted file that is not less than `wanted`.

    It is bisected: 40 GB take 36 short reads.
    """
    with path.open("rb") as file:
        low, high = 0, path.stat().st_size
        while low < high:
            middle = (low + high) // 2
            line = line_from(file, middle)
            if line and line[:_DIGITS].upper() < wanted:
                low = middle + 1
            else:
                high = middle
        return line_from(file, low)[:_DIGITS].upper()
