"""gunicorn's threaded worker, where only the poller waits for clients."""

import socket
import sys
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
    """A worker that closes connections in time, and waits for none of them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # The deadlines of connections, each in their order: of those whose clients have
        # to send or to read something, and of those whose clients have to close.
        self.unfinished: dict[Any, float] = {}
        self.leaving: dict[Any, float] = {}
        self._quitting = False

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse to start with TLS, for which clients would have to be waited for."""
        if cfg.is_ssl:
            fix = "put a reverse proxy in front, or use -k gthread"
            log.error("Passline's worker speaks no TLS: %s.", fix)
            sys.exit(3)
        super().check_config(cfg, log)

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Resume a kept-alive connection, unless it was closed after it was polled."""
        if client.fileno() >= 0:
            super().on_client_socket_readable(conn, client)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections or not. While it stops, whoever connects is refused.

        With the socket open, the kernel would go on accepting, and nobody answer.
        """
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()

    def make_room(self) -> None:
        """Close the connection that has waited the longest, if there are too many."""
        if self.nr_conns <= self.worker_connections - self.cfg.threads:
            return
        if self.keepalived_conns:
            self.drop(self.keepalived_conns.popleft())
        elif self.unfinished:
            self.drop(next(iter(self.unfinished)))

    def settle(self, conn: Any) -> None:
        """Note that nothing is awaited of the client for the moment."""
        self.unfinished.pop(conn, None)

    def leave(self, conn: Any) -> None:
        """Close the connection once its client has closed it, or has had time to.

        gunicorn would wait in its only loop for each client, for up to 2 s.
        """
        self.settle(conn)
        conn.request, conn.surplus, conn.parser = None, b"", None  # which may be large
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self._on_farewell, conn))
        except (OSError, ValueError, KeyError):
            self.drop(conn)
        else:
            self.leaving[conn] = time.monotonic() + _LINGER

    def _on_farewell(self, conn: Any, _: Any) -> None:
        if conn in self.leaving and conn.sock.received() == b"":
            self.drop(conn)

    def drop(self, conn: Any) -> None:
        """Close the connection at once."""
        with suppress(OSError, KeyError, ValueError):  # it may not be registered
            self.poller.unregister(conn.sock)
        self.settle(conn)
        self.leaving.pop(conn, None)
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Close connections whose clients ran out of time."""
        now = time.monotonic()
        for waiting in (self.unfinished, self.leaving):
            while waiting and waiting[conn := next(iter(waiting))] <= now:
                self.drop(conn)

    def drop_silent(self) -> None:
        """Close connections without a begun request, since none will be answered."""
        for conn in [each for each in self.unfinished if each.request and not each.request.data]:
            self.drop(conn)

    def handle_quit(self, *_: Any) -> None:
        """Stop at once, as soon as the poller is not busy.

        A signal may interrupt it while it starts a thread. To stop the threads there,
        as gthread does, would wait for a lock that it holds itself.
        """
        self._quitting, self.alive = True, False
        self.method_queue.defer(lambda: None)  # wakes the poller

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Serve what happens next, or stop if that was asked for."""
        if self._quitting:
            self.tpool.shutdown(wait=False)
            sys.exit(0)
        super().wait_for_and_dispatch_events(timeout)
