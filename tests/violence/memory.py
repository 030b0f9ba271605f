"""Memory for requests that never become whole, and for answers that nobody reads."""

import contextlib
import socket
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.live import Client
from tests.ops.gunicorn import Running
from tests.violence import workers
from tests.violence.connections import ask_in_two_pieces, raise_file_limit, serve_others
from tests.violence.slow_readers import ASK_FOR_MUCH

_POST = b"POST /account/api/registration HTTP/1.1\r\nHost: localhost\r\n"
_PASSWORD = b"POST /account/api/sign-in/password HTTP/1.1\r\nHost: localhost\r\n"
_FIELD = b"X-%d: " + b"a" * 7000 + b"\r\n"
KINDS = {
    "heads of 126 kB": _POST + b"".join(_FIELD % number for number in range(18)),
    "heads of 31 kB": _POST + b"".join(_FIELD % number for number in range(4)) + b"X: aaa",
    "bodies": _POST + b"Content-Length: 65000\r\n\r\n" + b"a" * 64_000,
    "chunks": _POST + b"Transfer-Encoding: chunked\r\n\r\nfa00\r\n" + b"a" * 63_000,
    "passwords": _PASSWORD + b"Content-Length: 60000\r\n\r\n" + b'{"password": "'.ljust(60_000),
    "unread answers": ASK_FOR_MUCH * 3,
    "pipelines": ASK_FOR_MUCH + b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1500,
}


class Grown(NamedTuple):
    """What the worker took for a crowd, in MB, and how it answered others."""

    kind: str
    before: float
    peak: float
    statuses: str

    def __str__(self) -> str:
        grown = self.peak - self.before
        return f"{self.kind}: {self.before:.0f} MB, +{grown:.0f} MB; others: {self.statuses}"


def resident(server: Running) -> float:
    """Return the MB that the only worker has to itself or shares."""
    [pid] = workers.pids(server)
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def run(server: Running, kind: str, *, many: int) -> Grown:
    """Let so many clients send what is not whole, or not read what they get."""
    raise_file_limit(many + 500)
    # The document is made once, for whoever asks first; that is not the crowd's doing.
    Client(server.port).call("GET", "/api/openapi.json")
    before, peak = resident(server), 0.0
    with contextlib.ExitStack() as opened:
        for _ in range(many):
            connection = opened.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            connection.connect(("127.0.0.1", server.port))
            connection.settimeout(10)
            with contextlib.suppress(OSError):  # the server may have enough of it
                connection.sendall(KINDS[kind])
        for _ in range(5):
            peak = max(peak, resident(server))
            time.sleep(0.2)
        served = serve_others(partial(ask_in_two_pieces, server.port), requests=20)
    return Grown(kind, before, max(peak, resident(server)), str(served))
