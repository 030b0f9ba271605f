"""gunicorn's threaded worker, with a thread only for requests that have arrived whole.

Plain gthread reads in its threads, without an end: as many clients as there are threads, who send slowly or nothing,
stop it for everybody. Here the poller, which waits on many sockets at once, collects each request.
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

_LINGER = 2.0  # seconds for the other side to close: what it still sends must not cut off its answer (RFC 9112, 9.6)
_STALLED = struct.pack("ll", 10, 0)  # seconds, for what blocks in a thread all the same
_ANSWER = struct.pack(
    "i", 256 * 1024
)  # the longest answer fits into the socket's buffer: slow readers hold no thread


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """The worker that gunicorn is to use."""

    patience = 20.0  # seconds for a whole request to arrive

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._arriving: dict[Any, Arriving] = {}  # both in the order of their deadlines
        self._leaving: dict[Any, None] = {}
        self._quitting = False

    def enqueue_req(self, conn: Any) -> None:
        """Collect a request of a connection that is new, or readable, or has more in its parser's buffer."""
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
        """Give up who has been idle the longest: the service would take nobody else in."""
        if self.keepalived_conns:
            self._drop(self.keepalived_conns.popleft())
        elif self._arriving:
            self._drop(next(iter(self._arriving)))

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Take up a connection that was kept alive, unless it was given up since the poller spoke."""
        if client.fileno() >= 0:
            super().on_client_socket_readable(conn, client)

    def _on_readable(self, conn: Any, _: Any) -> None:
        if conn in self._arriving:  # here likewise
            self.poller.unregister(conn.sock)
            self._receive(conn)

    def _receive(self, conn: Any) -> None:
        """Read what is there, and wait for more unless that is all."""
        with suppress(BlockingIOError):
            try:
                data = conn.sock.recv(65536)
            except BlockingIOError:
                raise
            except OSError:  # whatever ended it must not end the loop
                data = b""
            if not data:
                self._drop(conn)
                return
            if self._add(conn, data):
                return
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_readable, conn))

    def _add(self, conn: Any, data: bytes) -> bool:
        """Say whether that was all, and the request is on its way."""
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
        with suppress(OSError):  # who has gone is noticed by the next read
            conn.sock.send(f"HTTP/1.1 {words}\r\n\r\n".encode())

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        return not getattr(conn, "cut_short", False) and bool(
            super()._keepalive_after(conn, keepalive)
        )

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Close without blocking: gunicorn waits in its only loop for the other side to close, 2 s for each client."""
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
        """Stop at once, and once: a terminal's SIGINT and the master's SIGQUIT come together, and would deadlock."""
        if not self._quitting:
            self._quitting = True
            super().handle_quit(sig, frame)

    def murder_pending(self) -> None:
        """Close who has had the time to send a request, or to close."""
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
        with suppress(OSError, KeyError, ValueError):  # the poller need not wait for it
            self.poller.unregister(conn.sock)
        self._arriving.pop(conn, None)
        self._leaving.pop(conn, None)
        self.nr_conns -= 1
        conn.close()
