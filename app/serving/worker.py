"""gunicorn's threaded worker, with threads only for requests that are complete.

Plain gthread reads in its threads, without a time limit: as many slow or silent clients
as there are threads stop it for everyone. Here the poller, which waits on many sockets
at once, collects each request.
"""

import socket
import struct
import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from app.serving.arriving import Arriving

# Seconds for the client to close (RFC 9112, 9.6): what it still sends must not cut off
# its answer.
_LINGER = 2.0
_STALLED = struct.pack("ll", 10, 0)  # seconds, for what still blocks in a thread
# The longest answer fits into the socket's buffer, so slow readers occupy no thread.
_ANSWER = struct.pack("i", 256 * 1024)


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """The worker class that gunicorn is configured to use."""

    patience = 20.0  # seconds for a whole request to arrive

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._arriving: dict[Any, Arriving] = {}  # both ordered by deadline
        self._leaving: dict[Any, None] = {}
        self._quitting = False

    def enqueue_req(self, conn: Any) -> None:
        """Collect a request: the connection is new, readable, or has buffered data."""
        if self.cfg.is_ssl:
            super().enqueue_req(conn)
            return
        if not conn.initialized:
            self._welcome(conn)
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + self.patience
        self._arriving[conn] = Arriving()
        ahead = conn.parser.unreader.take_buffered()
        if not (ahead and self._add(conn, ahead)):
            self._receive(conn)

    def _welcome(self, conn: Any) -> None:
        options = {
            socket.SO_RCVTIMEO: _STALLED,
            socket.SO_SNDTIMEO: _STALLED,
            socket.SO_SNDBUF: _ANSWER,
        }
        for option, value in options.items():
            conn.sock.setsockopt(socket.SOL_SOCKET, option, value)
        conn.init()
        conn.data_ready = True
        if self.nr_conns > self.worker_connections - self.cfg.threads:
            self._make_room()

    def _make_room(self) -> None:
        """Close the longest-idle connection to make room for a new one."""
        if self.keepalived_conns:
            self._drop(self.keepalived_conns.popleft())
        elif self._arriving:
            self._drop(next(iter(self._arriving)))

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Resume a kept-alive connection, unless it was closed after it was polled."""
        if client.fileno() >= 0:
            super().on_client_socket_readable(conn, client)

    def _on_readable(self, conn: Any, _: Any) -> None:
        if conn in self._arriving:  # it may have been closed, as above
            self.poller.unregister(conn.sock)
            self._receive(conn)

    def _receive(self, conn: Any) -> None:
        """Read what has arrived, and wait for more unless the request is complete."""
        with suppress(BlockingIOError):
            try:
                data = conn.sock.recv(65536)
            except BlockingIOError:
                raise
            except OSError:  # a lost connection must not end the loop
                data = b""
            if not data:
                self._drop(conn)
                return
            if self._add(conn, data):
                return
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_readable, conn))

    def _add(self, conn: Any, data: bytes) -> bool:
        """Return whether the request is complete and has been handed on."""
        request = self._arriving[conn]
        if not request.add(data):
            if request.expects:
                request.expects = False
                self._say(conn, "100 Continue")
            return False
        del self._arriving[conn]
        conn.cut_short = request.cut_short
        if request.refusal:
            self._say(conn, f"{request.refusal}\r\nConnection: close\r\nContent-Length: 0")
            self._leave(conn)
        else:
            conn.parser.unreader.unread(bytes(request.data))
            super().enqueue_req(conn)
        return True

    def _say(self, conn: Any, words: str) -> None:
        with suppress(OSError):  # the next read notices a lost client
            conn.sock.send(f"HTTP/1.1 {words}\r\n\r\n".encode())

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        return not getattr(conn, "cut_short", False) and bool(
            super()._keepalive_after(conn, keepalive)
        )

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Close without blocking.

        gunicorn would wait in its only loop for each client to close, for up to 2 s.
        """
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
        else:
            self._leave(conn)

    def _leave(self, conn: Any) -> None:
        conn.timeout = time.monotonic() + _LINGER
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self._on_farewell, conn))
        except (OSError, ValueError, KeyError):
            self._drop(conn)
        else:
            self._leaving[conn] = None

    def _on_farewell(self, conn: Any, _: Any) -> None:
        try:
            more = conn.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self._drop(conn)

    def handle_quit(self, sig: Any, frame: Any) -> None:
        """Stop at once, but only once.

        A terminal's SIGINT and the master's SIGQUIT come together, and would deadlock.
        """
        if not self._quitting:
            self._quitting = True
            super().handle_quit(sig, frame)

    def murder_pending(self) -> None:
        """Close connections that ran out of time to send a request, or to close."""
        now = time.monotonic()
        for waiting in (self._arriving, self._leaving):
            late = []
            for conn in waiting:
                if conn.timeout > now and self.alive:
                    break
                late.append(conn)
            for conn in late:
                if conn.timeout <= now or (
                    waiting is self._arriving and not self._arriving[conn].data
                ):
                    self._drop(conn)

    def _drop(self, conn: Any) -> None:
        with suppress(OSError, KeyError, ValueError):  # it may not be registered
            self.poller.unregister(conn.sock)
        self._arriving.pop(conn, None)
        self._leaving.pop(conn, None)
        self.nr_conns -= 1
        conn.close()
