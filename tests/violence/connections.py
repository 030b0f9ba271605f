"""Thousands of connections that do hardly anything, and others who want an answer."""

import contextlib
import resource
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from tests.live import Client

ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
_POST = b"POST /account/api/sign-in/password HTTP/1.1\r\nHost: localhost\r\n"
# What each kind of client sends at once, and what it then sends a byte of per second.
KINDS = {
    "idle": (ASK, b""),
    "silent": (b"", b""),
    "slow head": (b"GET /healthz HTTP/1.1\r\n", b"X-Slow: " + b"a" * 4000),
    "slow body": (_POST + b"Content-Length: 4000\r\n\r\n", b" " * 3999),
    "slow chunks": (_POST + b"Transfer-Encoding: chunked\r\n\r\n", b"fff\r\n" * 900),
}


class Served(NamedTuple):
    """How the requests of others were answered."""

    statuses: Counter[int]
    times: list[float]  # milliseconds, ascending
    still_open: int | None = None  # connections of the crowd, at the end

    @property
    def p50(self) -> float:
        """The median of the times."""
        return self.times[len(self.times) // 2]

    @property
    def p99(self) -> float:
        """The time within which 99 of a hundred were answered."""
        return self.times[len(self.times) * 99 // 100]

    @property
    def slowest(self) -> float:
        """The longest time."""
        return self.times[-1]

    def __str__(self) -> str:
        statuses = ", ".join(f"{status}: {count}" for status, count in self.statuses.items())
        times = f"p50 {self.p50:.1f}, p99 {self.p99:.1f}, slowest {self.slowest:.1f} ms"
        still_open = "" if self.still_open is None else f"; {self.still_open} of the crowd open"
        return f"{statuses}; {times}{still_open}"


def raise_file_limit(needed: int) -> None:
    """Allow this process at least `needed` open files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    message = f"this needs {needed} open files; raise `ulimit -Hn`"
    assert hard == resource.RLIM_INFINITY or hard > needed, message
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def crowd(port: int, numbers: dict[str, int]) -> Iterator[list[socket.socket]]:
    """Keep so many connections of each kind open, and the slow ones sending."""
    raise_file_limit(sum(numbers.values()) + 500)
    stop = threading.Event()
    opened = [(kind, join(port, kind)) for kind, many in numbers.items() for _ in range(many)]
    feeder = threading.Thread(target=feed, args=(opened, stop))
    feeder.start()
    try:
        yield [each for _, each in opened]
    finally:
        stop.set()
        feeder.join()
        for _, each in opened:
            each.close()


def join(port: int, kind: str) -> socket.socket:
    """Return one more connection of this kind."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(KINDS[kind][0])
    if kind == "idle":
        answer = b""
        while b'"ok"}' not in answer:
            answer += connection.recv(4096)
    return connection


def feed(opened: list[tuple[str, socket.socket]], stop: threading.Event) -> None:
    """Send the next byte of each slow client, once per second."""
    at = 0
    while not stop.wait(1):
        for kind, connection in opened:
            with contextlib.suppress(OSError):
                connection.send(KINDS[kind][1][at : at + 1])
        at += 1


def is_open(connection: socket.socket) -> bool:
    """Return whether the server has not closed the connection."""
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def serve_others(
    ask: Callable[[], int],
    members: list[socket.socket] | None = None,
    *,
    requests: int,
    at_once: int = 3,
) -> Served:
    """Ask `requests` times, and return how that went, and how many members are left.

    `ask` returns a status.
    """

    def timed(_: int) -> tuple[int, float]:
        begun = time.monotonic()
        try:
            status = ask()
        except OSError:
            status = 0
        return status, (time.monotonic() - begun) * 1000

    with ThreadPoolExecutor(at_once) as pool:
        results = list(pool.map(timed, range(requests)))
    still_open = None if members is None else sum(map(is_open, members))
    statuses = Counter(status for status, _ in results)
    return Served(statuses, sorted(each for _, each in results), still_open)


def somebody(port: int) -> Callable[[], int]:
    """Make an account, and return a function that asks for its passkeys.

    Each call is on a connection of its own, and returns the status.
    """
    ada = Client(port)
    account = {"username": "ada", "password": "correct horse battery"}
    assert ada.call("POST", "/account/api/setup", account).status == 200
    return lambda: ada.call("GET", "/account/api/passkeys").status


def ask_in_two_pieces(port: int) -> int:
    """Ask for /healthz in two pieces, as over a slow network, and return the status."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(ASK[:20])
        time.sleep(0.1)
        connection.sendall(ASK[20:])
        answer = connection.recv(4096)
    return int(answer.split()[1]) if answer else 0


def mixture(many: int) -> dict[str, int]:
    """Return the numbers in a crowd: most are idle, a tenth silent, a tenth slow."""
    silent, slow = many // 10, many // 30
    numbers = {"idle": many - silent - 3 * slow, "silent": silent}
    return numbers | dict.fromkeys(list(KINDS)[2:], slow)
