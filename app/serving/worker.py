"""gunicorn's threaded worker, with threads only for what no client can hold up.

Plain gthread reads and writes in its threads, without a time limit: as many slow or
silent clients as there are threads stop it for everyone. Here the poller, which waits
on many sockets at once, collects each request, and sends what a client does not take of
its answer at once.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from app.serving.arriving import Arriving
from app.serving.closing import ClosingWorker
from app.serving.outgoing import Outgoing
from app.serving.turns import Turns

NetworkOf = Callable[[bytearray, Any], str | None]


class Worker(ClosingWorker):
    """The worker class that gunicorn is configured to use."""

    patience = 20.0  # seconds for a whole request to arrive, and for a whole answer to leave
    turn_patience = 5.0  # seconds to wait for the turn to hash a password
    budget = 32 * 1024 * 1024  # bytes, for all that has arrived and all that has not left

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._buffered = 0
        self.hold_back(1, lambda *_: None)

    def hold_back(self, places: int, network_of: NetworkOf) -> None:
        """Run at most `places` requests at once of those that have to wait their turn.

        For them, `network_of` returns the client's network, from request and peer.
        """
        self._turns, self._network_of = Turns(places, self.turn_patience), network_of

    def enqueue_req(self, conn: Any) -> None:
        """Collect a request: the connection is new, readable, or has buffered data."""
        if self.cfg.is_ssl:
            super().enqueue_req(conn)
            return
        if not conn.initialized:
            self._welcome(conn)
        conn.timeout = time.monotonic() + self.patience
        self.arriving[conn] = Arriving()
        ahead, conn.surplus = conn.surplus, b""
        if not (ahead and self._add(conn, ahead)):
            self._receive(conn)

    def _welcome(self, conn: Any) -> None:
        conn.sock = Outgoing.of(conn.sock)
        conn.surplus, conn.buffered, conn.last = b"", 0, False
        conn.init()
        conn.data_ready = True
        if self.nr_conns > self.worker_connections - self.cfg.threads:
            if self.keepalived_conns:
                self.drop(self.keepalived_conns.popleft())
            else:
                self._make_room()

    def _make_room(self) -> None:
        """Close the connection that has been unfinished for the longest."""
        unfinished = self.arriving or self.writing
        if unfinished:
            self.drop(next(iter(unfinished)))

    def _on_readable(self, conn: Any, _: Any) -> None:
        if conn in self.arriving:  # it may have been closed after it was polled
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
                self.drop(conn)
                return
            if self._add(conn, data):
                return
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_readable, conn))

    def _add(self, conn: Any, data: bytes) -> bool:
        """Return whether the connection waits for no more data."""
        request = self.arriving[conn]
        if not request.add(data):
            if request.expects:
                request.expects = False
                self._say(conn, "100 Continue")
            self._account(conn, len(request.data))
            return conn not in self.arriving  # it may have been closed, to make room
        del self.arriving[conn]
        if request.refusal:
            self._say(conn, f"{request.refusal}\r\nConnection: close\r\nContent-Length: 0")
            self.leave(conn)
        else:
            self._hand_on(conn, request)
        return True

    def _hand_on(self, conn: Any, request: Arriving) -> None:
        """Let a thread handle the request, now or when it is its turn."""
        conn.surplus, conn.last = request.take_surplus(), request.too_large
        conn.sock.refusal = "body_too_large" if request.too_large else ""
        conn.parser.unreader.unread(bytes(request.data))
        self._account(conn, len(request.data) + len(conn.surplus))
        network = self._network_of(request.data, conn.client)
        if network is None or request.too_large:
            super().enqueue_req(conn)
        else:
            self._turns.wait(conn, network)
            self._admit()

    def _admit(self) -> None:
        while conn := self._turns.admit():
            super().enqueue_req(conn)

    def _account(self, conn: Any, buffered: int) -> None:
        """Note what is buffered for the connection, and keep all within the budget."""
        self._buffered += buffered - conn.buffered
        conn.buffered = buffered
        while self._buffered > self.budget and (self.arriving or self.writing):
            self._make_room()

    def _say(self, conn: Any, words: str) -> None:
        with suppress(OSError):  # the next read notices a lost client
            socket.socket.send(conn.sock, f"HTTP/1.1 {words}\r\n\r\n".encode())

    def handle(self, conn: Any) -> Any:
        """Handle a request in a thread, and send what its client takes at once."""
        keep = super().handle(conn)
        if not self.cfg.is_ssl:
            conn.sock.flush()
        return keep

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        last = getattr(conn, "last", False)
        return not last and bool(super()._keepalive_after(conn, keepalive))

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Keep or close the connection, once the whole answer has left."""
        if self.cfg.is_ssl:
            super().finish_request(conn, fs)
            return
        self._turns.leave(conn)
        self._admit()
        self._account(conn, len(conn.surplus) + len(conn.sock.answer))
        if not conn.sock.answer or fs.cancelled() or fs.exception():
            self._answered(conn, fs)
            return
        conn.timeout = time.monotonic() + self.patience
        self.writing[conn] = fs
        self.poller.register(conn.sock, EVENT_WRITE, partial(self._on_writable, conn))

    def _on_writable(self, conn: Any, _: Any) -> None:
        if conn not in self.writing:  # it may have been closed, as above
            return
        try:
            whole = conn.sock.flush()
        except OSError:
            self.drop(conn)
            return
        self._account(conn, len(conn.surplus) + len(conn.sock.answer))
        if whole and conn in self.writing:
            self.poller.unregister(conn.sock)
            self._answered(conn, self.writing.pop(conn))

    def _answered(self, conn: Any, fs: Any) -> None:
        if fs.cancelled() or fs.exception():
            self.drop(conn)
        elif not fs.result():
            self.leave(conn)
        elif conn.surplus:
            self.enqueue_req(conn)
        else:
            super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Close what ran out of time, and refuse requests whose turn did not come."""
        super().murder_pending()
        for conn in self._turns.late():
            conn.sock.refusal = "busy"
            super().enqueue_req(conn)

    def drop(self, conn: Any) -> None:
        """Close the connection at once."""
        super().drop(conn)
        self._buffered -= getattr(conn, "buffered", 0)
