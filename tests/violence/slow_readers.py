"""Clients that ask for much and read nothing, and others who want an answer."""

import contextlib
import socket
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial

from app.serving.worker import Worker
from tests.violence.connections import Served, ask_in_two_pieces, raise_file_limit, serve_others

_ASK = b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n"
ASK_FOR_MUCH = _ASK % b"/api/openapi.json"  # the largest answer that a stranger gets
KINDS = {
    "pipelining": _ASK % b"/static/css/passline.css" * 200,
    "one answer": ASK_FOR_MUCH,
    "both": ASK_FOR_MUCH * 20,
}


@contextlib.contextmanager
def readers(port: int, many: int, kind: str) -> Iterator[list[socket.socket]]:
    """Let so many clients ask, with the smallest buffer that the system has."""
    raise_file_limit(many + 500)
    opened = []
    try:
        for _ in range(many):
            reader = socket.socket()
            opened.append(reader)
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            reader.connect(("127.0.0.1", port))
            reader.sendall(KINDS[kind])
        yield opened
    finally:
        for each in opened:
            each.close()


def run(port: int, *, many: int, kind: str, seconds: int) -> Served:
    """Return how /healthz is answered beside so many readers for so long.

    New readers come every ten seconds: after twenty the worker closes a connection
    whose answer has not left.
    """
    statuses: Counter[int] = Counter()
    times: list[float] = []
    end = time.monotonic() + seconds
    while (joined := time.monotonic()) < end:
        with readers(port, many, kind):
            while time.monotonic() < min(end, joined + 10):
                served = serve_others(partial(ask_in_two_pieces, port), requests=25)
                statuses += served.statuses
                times += served.times
        assert time.monotonic() - joined < Worker.patience, "the readers were closed meanwhile"
    return Served(statuses, sorted(times))
