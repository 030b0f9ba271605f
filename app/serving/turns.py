"""Whose turn it is: few requests may hash a password at once, the others wait here."""

import time
from collections import OrderedDict, deque
from typing import Any


class Turns:
    """Connections in the order of their arrival, where networks take turns.

    So one network with many requests keeps nobody else waiting for all of them.
    """

    def __init__(self, places: int, patience: float) -> None:
        self._places, self._patience = places, patience
        self._inside: set[Any] = set()
        self._waiting: OrderedDict[str, deque[Any]] = OrderedDict()
        self._deadlines: dict[Any, tuple[float, str]] = {}  # in their order

    def wait(self, conn: Any, network: str) -> None:
        """Let the connection wait for its turn."""
        self._waiting.setdefault(network, deque()).append(conn)
        self._deadlines[conn] = time.monotonic() + self._patience, network

    def admit(self) -> Any:
        """Return the connection whose turn it is, or None; it then has a place."""
        if not self._waiting or len(self._inside) >= self._places:
            return None
        network, queue = self._waiting.popitem(last=False)
        conn = queue.popleft()
        if queue:
            self._waiting[network] = queue  # the last to have another turn
        del self._deadlines[conn]
        self._inside.add(conn)
        return conn

    def leave(self, conn: Any) -> None:
        """Free the connection's place, if it has one."""
        self._inside.discard(conn)

    def late(self) -> list[Any]:
        """Remove the connections that have waited for too long, and return them."""
        late, now = [], time.monotonic()
        for conn, (deadline, _) in self._deadlines.items():
            if deadline > now:
                break
            late.append(conn)
        for conn in late:
            self.forget(conn)
        return late

    def forget(self, conn: Any) -> None:
        """Remove a connection that waits."""
        _, network = self._deadlines.pop(conn)
        queue = self._waiting[network]
        queue.remove(conn)
        if not queue:
            del self._waiting[network]
