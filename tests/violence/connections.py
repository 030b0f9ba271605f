"""Thousands of connections that do nothing, or hardly anything, and others who want to be served meanwhile."""

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
# What each kind of client sends at once, and then a byte a second of.
KINDS = {
    "idle": (ASK, b""),
    "silent": (b"", b""),
    "slow head": (b"GET /healthz HTTP/1.1\r\n", b"X-Slow: " + b"a" * 4000),
    "slow body": (
        b"POST /account/api/sign-in/password HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000\r\n\r\n",
        b" " * 3999,
    ),
    "slow chunks": (
        b"POST /account/api/sign-in/password HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"fff\r\n" * 900,
    ),
}


class Served(NamedTuple):
    """How those fared who asked for something real."""

    statuses: Counter[int]
    p50: float  # milliseconds
    p99: float
    still_open: int  # connections of the crowd, at the end

    def __str__(self) -> str:
        statuses = ", ".join(f"{status}: {count}" for status, count in self.statuses.items())
        return f"{statuses}; p50 {self.p50:.1f} ms, p99 {self.p99:.1f} ms; {self.still_open} of the crowd still open"


def raise_file_limit(needed: int) -> None:
    """Allow this process so many open files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard == resource.RLIM_INFINITY or hard > needed, (
        f"this needs {needed} open files; raise `ulimit -Hn`"
    )
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def crowd(port: int, numbers: dict[str, int]) -> Iterator[list[socket.socket]]:
    """Keep so many connections of each kind open, and the slow ones sending."""
    raise_file_limit(sum(numbers.values()) + 500)
    stop, opened = (
        threading.Event(),
        [(kind, join(port, kind)) for kind, many in numbers.items() for _ in range(many)],
    )
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
    """Make one more connection of this kind."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(KINDS[kind][0])
    if kind == "idle":
        answer = b""
        while b'"ok"}' not in answer:
            answer += connection.recv(4096)
    return connection


def feed(opened: list[tuple[str, socket.socket]], stop: threading.Event) -> None:
    """Let each slow client send its next byte, once a second."""
    at = 0
    while not stop.wait(1):
        for kind, connection in opened:
            with contextlib.suppress(OSError):
                connection.send(KINDS[kind][1][at : at + 1])
        at += 1


def is_open(connection: socket.socket) -> bool:
    """Say whether the server has not closed it."""
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def serve_others(
    ask: Callable[[], int], members: list[socket.socket], *, requests: int, at_once: int = 3
) -> Served:
    """Ask so often; `ask` gives a status."""

    def timed(_: int) -> tuple[int, float]:
        begun = time.monotonic()
        try:
            status = ask()
        except OSError:
            status = 0
        return status, (time.monotonic() - begun) * 1000

    with ThreadPoolExecutor(at_once) as pool:
        results = list(pool.map(timed, range(requests)))
    times = sorted(each for _, each in results)
    still_open = sum(map(is_open, members))
    return Served(
        Counter(s for s, _ in results),
        times[len(times) // 2],
        times[len(times) * 99 // 100],
        still_open,
    )


def somebody(port: int) -> Callable[[], int]:
    """Make an account; gives what asks for its passkeys, on a connection of its own each time."""
    ada = Client(port)
    assert (
        ada.call(
            "POST", "/account/api/setup", {"username": "ada", "password": "correct horse battery"}
        ).status
        == 200
    )
    return lambda: ada.call("GET", "/account/api/passkeys").status


def mixture(many: int) -> dict[str, int]:
    """Give a crowd of so many: most idle, some silent, a tenth slow."""
    slow = many // 30
    return {"idle": many - many // 10 - 3 * slow, "silent": many // 10} | dict.fromkeys(
        list(KINDS)[2:], slow
    )
