"""Whose turn it is: few requests may hash a password at once, the others wait here."""

from collections import OrderedDict, deque
from typing import Any

_MOST, _MOST_BYTES = 512, 8 * 1024 * 1024  # that wait; more would wait in vain


class Turns:
    """Connections in the order of their arrival, where networks take turns.

    So one network with many requests keeps nobody else waiting for all of them.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._inside: set[Any] = set()
        self._waiting: OrderedDict[str, deque[Any]] = OrderedDict()
        self._facts: dict[Any, tuple[str, int, float]] = {}  # network, size, deadline
        self._bytes = 0

    def wait(self, conn: Any, network: str, *, size: int, until: float) -> list[Any]:
        """Let the connection wait, and return those for whom there is no room then.

        They are the latest of the network that has the most; `until` never decreases.
        """
        self._waiting.setdefault(network, deque()).append(conn)
        self._facts[conn] = network, size, until
        self._bytes += size
        surplus = []
        while len(self._facts) > _MOST or self._bytes > _MOST_BYTES:
            surplus.append(max(self._waiting.values(), key=len)[-1])
            self._forget(surplus[-1])
        return surplus

    def admit(self) -> Any:
        """Return the connection whose turn it is, or None; it then has a place."""
        if not self._waiting or len(self._inside) >= self._places:
            return None
        network = next(iter(self._waiting))
        conn = self._waiting[network][0]
        self._forget(conn)
        if network in self._waiting:
            self._waiting.move_to_end(network)
        self._inside.add(conn)
        return conn

    def leave(self, conn: Any) -> None:
        """Free the connection's place, if it has one."""
        self._inside.discard(conn)

    def late(self, now: float) -> list[Any]:
        """Remove the connections that have waited for too long, and return them."""
        late = []
        for conn, (_, _, until) in self._facts.items():
            if until > now:
                break
            late.append(conn)
        for conn in late:
            self._forget(conn)
        return late

    def _forget(self, conn: Any) -> None:
        network, size, _ = self._facts.pop(conn)
        self._bytes -= size
        self._waiting[network].remove(conn)
        if not self._waiting[network]:
            del self._waiting[network]
