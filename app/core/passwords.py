"""Password hashing with Argon2id, which leaves a thread free for other requests."""

import contextlib
import threading
from collections.abc import Iterator
from contextvars import ContextVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.password_policy import normal
from app.errors import Busy
from app.settings import Argon2Parameters

_AT_ONCE = 2  # more would only cost memory and time

# Whether this request may hash. The worker holds back those that may, so who comes
# without having waited takes the place of somebody who has.
admitted: ContextVar[bool] = ContextVar("admitted", default=True)


class Passwords:
    """Hash and verify passwords with the parameters in force."""

    def __init__(self, parameters: Argon2Parameters) -> None:
        memory, time, lanes = parameters
        self._hasher = PasswordHasher(time_cost=time, memory_cost=memory, parallelism=lanes)
        self._nobody: str | None = None
        self._taken, self._counting = 0, threading.Lock()
        self.share(4)

    def share(self, threads: int) -> None:
        """Keep one of the worker's `threads` free, where it has several.

        Call it before the first request.
        """
        self.places = max(1, min(_AT_ONCE, threads - 1))

    def hash(self, password: str) -> str:
        """Return the PHC string to store. Raises `Busy` if no place is free."""
        with self.place():
            return self.hash_in_place(password)

    def hash_in_place(self, password: str) -> str:
        """Return the PHC string to store. The caller must hold place()."""
        return self._hasher.hash(normal(password))

    def matches(self, stored: str | None, password: str) -> bool:
        """Return whether `password` matches `stored`; None takes as long as a new hash.

        The caller must hold place().
        """
        try:
            self._hasher.verify(stored or self._of_nobody(), normal(password))
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def _of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = self._hasher.hash("nobody")
        return self._nobody

    def outdated(self, stored: str) -> bool:
        """Return whether `stored` was made with parameters that have changed since."""
        return self._hasher.check_needs_rehash(stored)

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the few places for hashing, for which nobody waits in a thread.

        Raises `Busy` when all are taken, or the request was not `admitted`.
        """
        with self._counting:
            if self._taken >= self.places or not admitted.get():
                raise Busy
            self._taken += 1
        try:
            yield
        finally:
            with self._counting:
                self._taken -= 1

    def busy(self) -> int:
        """Return how many places are taken."""
        return self._taken
