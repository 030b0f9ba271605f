"""The memory that clients may make the worker keep for them."""

from itertools import islice
from typing import Any

_OLDEST = 100  # that are compared, since looking at all would take too long


class Budget:
    """The bytes that wait for clients: of unfinished requests, and of answers."""

    def __init__(self, most: int) -> None:
        self._most, self._total = most, 0
        self._sizes: dict[Any, int] = {}  # in the order in which they began to wait

    def note(self, conn: Any, size: int) -> None:
        """Note how many bytes are kept for the connection now."""
        self._total += size - self._sizes.get(conn, 0)
        self._sizes[conn] = size

    def forget(self, conn: Any) -> None:
        """Note that nothing is kept any more."""
        self._total -= self._sizes.pop(conn, 0)

    def victim(self) -> Any:
        """Return whom to close to keep the budget, or None if it is kept.

        That is the largest of those that have waited the longest. Who has sent part of
        a request just now is not among them.
        """
        if self._total <= self._most:
            return None
        return max(islice(self._sizes, _OLDEST), key=self._sizes.__getitem__)
