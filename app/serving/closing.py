"""gunicorn's threaded worker, which closes connections without waiting for them."""

import socket
import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

# Seconds for the client to close (RFC 9112, 9.6): what it still sends must not cut off
# its answer.
_LINGER = 2.0


class ClosingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """A worker that has all its connections wait in the poller, with deadlines."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # What waits in the poller, by connection; each is ordered by deadline.
        self.arriving: dict[Any, Any] = {}
        self.writing: dict[Any, Any] = {}
        self.leaving: dict[Any, None] = {}
        self._quitting = False

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Resume a kept-alive connection, unless it was closed after it was polled."""
        if client.fileno() >= 0:
            super().on_client_socket_readable(conn, client)

    def leave(self, conn: Any) -> None:
        """Close the connection once its client has closed it, or has had time to.

        gunicorn would wait in its only loop for each client, for up to 2 s.
        """
        conn.timeout = time.monotonic() + _LINGER
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self._on_farewell, conn))
        except (OSError, ValueError, KeyError):
            self.drop(conn)
        else:
            self.leaving[conn] = None

    def _on_farewell(self, conn: Any, _: Any) -> None:
        try:
            more = conn.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self.drop(conn)

    def drop(self, conn: Any) -> None:
        """Close the connection at once."""
        with suppress(OSError, KeyError, ValueError):  # it may not be registered
            self.poller.unregister(conn.sock)
        for waiting in (self.arriving, self.writing, self.leaving):
            waiting.pop(conn, None)
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Close connections that ran out of time, and when stopping the silent ones."""
        now = time.monotonic()
        for waiting in (self.arriving, self.writing, self.leaving):
            late = []
            for conn in waiting:
                if conn.timeout > now and self.alive:
                    break
                late.append(conn)
            for conn in late:
                if conn.timeout <= now or (
                    waiting is self.arriving and not self.arriving[conn].data
                ):
                    self.drop(conn)

    def handle_quit(self, sig: Any, frame: Any) -> None:
        """Stop at once, but only once.

        A terminal's SIGINT and the master's SIGQUIT come together, and would deadlock.
        """
        if not self._quitting:
            self._quitting = True
            super().handle_quit(sig, frame)
