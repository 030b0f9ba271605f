"""gunicorn's threaded worker, with threads only for what no client can hold up.

Plain gthread reads and writes in its threads, without a time limit: as many slow ones
as there are threads stop it for everyone. Here the poller, which waits on many sockets
at once, collects each request, and sends what a client does not take at once.
"""

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from app.serving.arriving import Arriving
from app.serving.budget import Budget
from app.serving.closing import ClosingWorker
from app.serving.outgoing import Outgoing
from app.serving.turns import Turns

NetworkOf = Callable[[bytearray, Any], str | None]

_RUNNING = 32  # requests in threads or in their queue, beyond which no more are read


class Worker(ClosingWorker):
    """The worker class that gunicorn is configured to use."""

    patience = 20.0  # seconds for a whole request to arrive, or a whole answer to leave
    turn_patience = 5.0  # seconds to wait for the turn to hash a password
    budget = 32 * 1024 * 1024  # bytes, for all that waits for clients

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._budget, self._running = Budget(self.budget), 0
        self._postponed: deque[Any] = deque()
        self._futures: dict[Any, Any] = {}  # of requests whose answers have not left
        self.hold_back(1, lambda *_: None)

    def hold_back(self, places: int, network_of: NetworkOf) -> None:
        """Run at most `places` requests at once of those that have to wait their turn.

        For them, `network_of` returns the client's network, from request and peer.
        """
        self._turns, self._network_of = Turns(places), network_of

    def enqueue_req(self, conn: Any) -> None:
        """Collect a request: the connection is new, readable, or has buffered data."""
        if not conn.initialized:
            self._welcome(conn)
        conn.request, ahead, conn.surplus = Arriving(), conn.surplus, b""
        self.unfinished[conn] = time.monotonic() + self.patience
        if ahead:
            self._take(conn, ahead)
        else:
            self._receive(conn)

    def _welcome(self, conn: Any) -> None:
        conn.sock, conn.surplus = Outgoing.of(conn.sock), b""
        conn.init()
        conn.data_ready = True
        self.make_room()

    def _receive(self, conn: Any) -> None:
        """Read what has arrived, and wait for more unless the request is complete."""
        if self._running >= _RUNNING:
            self._postponed.append(conn)
        elif (data := conn.sock.received()) is None:
            self._await(conn)
        elif data:
            self._take(conn, data)
        else:
            self.drop(conn)

    def _await(self, conn: Any) -> None:
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_readable, conn))

    def _on_readable(self, conn: Any, _: Any) -> None:
        if conn in self.unfinished:  # it may have been closed after it was polled
            self.poller.unregister(conn.sock)
            self._receive(conn)

    def _take(self, conn: Any, data: bytes) -> None:
        request = conn.request
        if not request.add(data):
            if request.expects:
                request.expects = False
                conn.sock.say("100 Continue")
            self._await(conn)
            self._keep(conn, len(request.data))
        elif request.refusal:
            conn.sock.say(f"{request.refusal}\r\nConnection: close\r\nContent-Length: 0")
            self.leave(conn)
        else:
            self._hand_on(conn, request)

    def _keep(self, conn: Any, size: int) -> None:
        """Keep so many bytes until the client goes on, within the budget."""
        self._budget.note(conn, size)
        while victim := self._budget.victim():
            self.drop(victim)

    def settle(self, conn: Any) -> None:
        """Note that nothing is awaited of the client for the moment."""
        super().settle(conn)
        self._budget.forget(conn)
        self._futures.pop(conn, None)

    def _hand_on(self, conn: Any, request: Arriving) -> None:
        """Let a thread handle the request, now or when it is its turn."""
        self.settle(conn)
        conn.surplus = request.take_surplus()
        if request.too_large:
            self._run(conn, refusal="body_too_large")
        elif (network := self._network_of(request.data, conn.client)) is not None:
            size, until = len(request.data), time.monotonic() + self.turn_patience
            for other in self._turns.wait(conn, network, size=size, until=until):
                self._run(other, refusal="busy")
            self._go_on()
        else:
            self._run(conn)

    def _run(self, conn: Any, *, refusal: str = "", admitted: bool = False) -> None:
        if refusal:
            conn.request.close_after()
        conn.sock.refusal, conn.sock.admitted = refusal, admitted
        conn.parser.unreader.unread(bytes(conn.request.data))
        conn.request = None
        self._running += 1
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Handle a request in a thread, and send what its client takes at once."""
        keep = super().handle(conn)
        conn.sock.flush()
        return keep

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Keep or close the connection, once the whole answer has left."""
        self._running -= 1
        self._turns.leave(conn)
        self._go_on()
        if not conn.sock.answer or fs.cancelled() or fs.exception():
            self._answered(conn, fs)
            return
        self._futures[conn] = fs
        self.unfinished[conn] = time.monotonic() + self.patience
        self.poller.register(conn.sock, EVENT_WRITE, partial(self._on_writable, conn))
        self._keep(conn, len(conn.surplus) + len(conn.sock.answer))

    def _go_on(self) -> None:
        """Run requests whose turn has come, and read more of them if there is room."""
        while conn := self._turns.admit():
            if conn.sock.is_gone():
                self._turns.leave(conn)
                self.drop(conn)
            else:
                self._run(conn, admitted=True)
        while self._postponed and self._running < _RUNNING:
            conn = self._postponed.popleft()
            if conn in self.unfinished:  # it may have been closed
                self._receive(conn)

    def _on_writable(self, conn: Any, _: Any) -> None:
        if conn not in self.unfinished:  # it may have been closed after it was polled
            return
        try:
            whole = conn.sock.flush()
        except OSError:
            self.drop(conn)
            return
        if whole:
            self.poller.unregister(conn.sock)
            fs = self._futures[conn]
            self.settle(conn)
            self._answered(conn, fs)
        else:
            self._keep(conn, len(conn.surplus) + len(conn.sock.answer))

    def _answered(self, conn: Any, fs: Any) -> None:
        if fs.cancelled() or fs.exception():
            self.drop(conn)
        elif not fs.result() or conn.parser.unreader.take_buffered():
            self.leave(conn)  # also if gunicorn saw another end of the request
        elif conn.surplus:
            self.enqueue_req(conn)
        else:
            super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Close what ran out of time, and refuse requests whose turn did not come."""
        super().murder_pending()
        for conn in self._turns.late(time.monotonic()):
            self._run(conn, refusal="busy")
        if not self.alive:
            self.drop_silent()
