"""A TCP proxy in front of PostgreSQL, which a test may redirect, or make silent."""

import contextlib
import select
import socket
import threading
from collections.abc import Iterator

from tests.live import free_port


class Relay:
    """It passes each connection on to the server that is its target at that time."""

    def __init__(self, target: int) -> None:
        self.target, self.port = target, free_port()
        self._silent = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=100)
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, function: object, *arguments: object) -> None:
        """Run a function in a thread."""
        thread = threading.Thread(target=function, args=arguments)
        self._threads.append(thread)
        thread.start()

    def accept(self) -> None:
        """Take connections until the end."""
        self._listener.settimeout(0.1)
        while not self._stopped.is_set():
            with contextlib.suppress(TimeoutError):
                self.start(self._pass_on, self._listener.accept()[0])

    def _pass_on(self, client: socket.socket) -> None:
        where = ("127.0.0.1", self.target)
        with client, contextlib.suppress(OSError), socket.create_connection(where) as server:
            other = {client: server, server: client}
            while not self._stopped.is_set():
                for each in select.select(list(other), [], [], 0.1)[0]:
                    while self._silent.is_set() and not self._stopped.is_set():
                        self._stopped.wait(0.05)
                    data = each.recv(65536)
                    if not data:
                        return
                    other[each].sendall(data)

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        """Keep what arrives, and the connections open, as a half-open network does."""
        self._silent.set()
        try:
            yield
        finally:
            self._silent.clear()

    def stop(self) -> None:
        """Close everything."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()


@contextlib.contextmanager
def relay(target: int) -> Iterator[Relay]:
    """Run a proxy to the server on port `target` while the `with` block lasts."""
    made = Relay(target)
    made.start(made.accept)
    try:
        yield made
    finally:
        made.stop()
