"""A pool of connections. Whoever connects makes nobody else wait."""

import select
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from peewee import OperationalError

from app.storage.together import Together

if TYPE_CHECKING:
    from app.storage.connection import Connection

_MOST = 8  # connections per process: four threads, housekeeping, and some to spare
_PATIENCE = 5  # seconds that a thread waits for a connection


class Pool:
    """The connections of a process. It tests idle ones without a round trip.

    So no request fails because the server was restarted.
    """

    def __init__(self, connect: Callable[[], "Connection"]) -> None:
        self._connect = connect
        self._connecting = 0
        self._idle: list[Connection] = []
        self._used: dict[int, Connection] = {}
        self._changed = threading.Condition()

    def take(self) -> "Connection":
        """Return an idle connection, the latest used first, or a new one."""
        with self._changed:
            if not self._changed.wait_for(self._has_room, _PATIENCE):
                raise OperationalError("all connections are in use")
            found = self._one_idle()
            if found:
                return self._lend(found)
            self._connecting += 1
        try:
            made = self._connect()
        finally:
            with self._changed:
                self._connecting -= 1
                self._changed.notify()
        with self._changed:
            return self._lend(made)

    def probe(self, together: Together) -> "Connection":
        """Return a connection to a server that did not answer.

        Only one thread at a time tries. The others, and those that are too early, get
        an `OperationalError`.
        """
        early = time.monotonic() < together.retry_at
        if early or not together.probing.acquire(blocking=False):
            raise OperationalError("the server does not answer")
        try:
            self.close_idle()
            made = self.take()
            try:
                made.execute("SELECT 1")
            except BaseException:
                self.give_back(made)
                raise
            together.frozen = False
            return made
        finally:
            together.probing.release()

    def _has_room(self) -> bool:
        return len(self._used) + self._connecting < _MOST

    def _lend(self, connection: "Connection") -> "Connection":
        self._used[id(connection)] = connection
        return connection

    def _one_idle(self) -> "Connection | None":
        while self._idle:
            found = self._idle.pop()
            # One to a standby may have stayed there when its address moved to the
            # primary, which a new one reaches.
            if not _is_broken(found) and not found.reads_only():
                return found
            found.close()
        return None

    def give_back(self, connection: "Connection") -> None:
        """Keep a connection for others, if it is good."""
        with self._changed:
            known = self._used.pop(id(connection), None) is not None
            if known and connection.reusable():
                self._idle.append(connection)
            else:
                connection.close()
            self._changed.notify()

    def close_idle(self) -> None:
        """Close the connections that nobody uses."""
        with self._changed:
            idle, self._idle = self._idle, []
        for each in idle:
            each.close()

    def close_all(self) -> None:
        """Close every connection, even those that other threads use."""
        self.close_idle()
        with self._changed:
            used, self._used = self._used, {}
            self._changed.notify_all()
        for each in used.values():
            each.close()

    def sizes(self) -> dict[str, int]:
        """Return how many connections are in use, and how many idle."""
        return {"in_use": len(self._used), "idle": len(self._idle)}


def _is_broken(connection: "Connection") -> bool:
    """Return whether the server has sent a message, or has closed the stream.

    It does so when it goes away; a healthy idle connection has nothing to read.
    """
    if connection.closed:
        return True
    readable = select.poll()
    readable.register(connection.fileno(), select.POLLIN)
    return bool(readable.poll(0))
