"""Password hashing by Argon2id, with as many at once as leave a thread for everybody else."""

import contextlib
import threading
import unicodedata
from collections.abc import Iterator

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core import text
from app.errors import Throttled
from app.settings import Argon2Parameters

SHORTEST, LONGEST = 8, 1024

# gunicorn runs four threads a worker. Two may hash, one more may wait; the fourth is always free for passkeys.
_hashing = threading.BoundedSemaphore(2)
_admitted = threading.BoundedSemaphore(3)


class Passwords:
    """Hashes and checks passwords with the parameters in force."""

    def __init__(self, parameters: Argon2Parameters) -> None:
        memory, time, lanes = parameters
        self._hasher = PasswordHasher(time_cost=time, memory_cost=memory, parallelism=lanes)
        self._nobody: str | None = None

    def hash(self, password: str) -> str:
        """Give the PHC string to store; raises `Throttled` when all places are taken."""
        with place():
            return self.hash_in_place(password)

    def hash_in_place(self, password: str) -> str:
        """Give the PHC string to store, for who has a place already."""
        with _hashing:
            return self._hasher.hash(_normal(password))

    def matches(self, stored: str | None, password: str) -> bool:
        """Say, inside place(), whether `password` is the one in `stored`; nobody's (None) takes as long."""
        with _hashing:
            if self._nobody is None:
                self._nobody = self._hasher.hash("nobody")
            try:
                self._hasher.verify(stored or self._nobody, _normal(password))
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def outdated(self, stored: str) -> bool:
        """Say whether `stored` was made with other parameters than those in force."""
        return self._hasher.check_needs_rehash(stored)


def fault_in(password: str, *, username: str) -> str | None:
    """Say what is wrong with a new password, or None (NIST SP 800-63B, 3.1.1.2: length, and no composition rules)."""
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if text.username_key(password) == text.username_key(username):
        return "Do not use your username as the password."
    return None


def _normal(password: str) -> str:
    return unicodedata.normalize(
        "NFC", password
    )  # keyboards differ in how they compose letters (RFC 8265, 4.2)


def busy() -> int:
    """Say how many passwords this process hashes or lets wait, of three at most."""
    return 3 - _admitted._value


@contextlib.contextmanager
def place() -> Iterator[None]:
    """Take one of the few places where passwords are hashed or wait for it; raises `Throttled` when all are taken."""
    if not _admitted.acquire(blocking=False):
        raise Throttled(1, reason="hashing")
    try:
        yield
    finally:
        _admitted.release()
