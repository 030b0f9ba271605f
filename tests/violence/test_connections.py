"""10,000 idle, silent or slow connections do not stop the service for others."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import Client
from tests.ops.gunicorn import Running, running
from tests.violence import connections
from tests.violence.connections import ASK, crowd, is_open, join, serve_others, somebody

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("many", [2_000, pytest.param(10_000, marks=pytest.mark.proof)])
def test_thousands_of_idle_silent_and_slow_connections(tmp_path: Path, many: int) -> None:
    with running(tmp_path) as server:
        ask = somebody(server.port)
        with crowd(server.port, connections.mixture(many)) as members:
            served = serve_others(ask, members, requests=200)
        assert served.statuses == {200: 200}, str(served)
        assert served.still_open > many * 0.99, str(served)
        assert served.p99 < 1000, str(served)


def test_more_connections_than_there_may_be(tmp_path: Path) -> None:
    with running(tmp_path, arguments=["wsgi:app", "--worker-connections", "100"]) as server:
        ask = somebody(server.port)
        with crowd(server.port, {"idle": 150, "silent": 150, "slow head": 150}) as members:
            served = serve_others(ask, members, requests=50)
        assert served.statuses == {200: 50}, str(served)
        assert 50 <= served.still_open <= 100, str(served)
        assert "Exception" not in server.log.read_text()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server for the tests that do it no harm."""
    with running(tmp_path_factory.mktemp("connections")) as server:
        somebody(server.port)
        yield server


def test_who_does_not_close_keeps_nobody_waiting(server: Running) -> None:
    rude = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(4)]
    for each in rude:
        each.sendall(ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert b"200 OK" in each.recv(4096)
    begun = time.monotonic()
    assert Client(server.port).call("GET", "/healthz").status == 200
    assert time.monotonic() - begun < 1
    for each in rude:
        each.close()


def test_who_reads_nothing_keeps_nobody_waiting(server: Running) -> None:
    deaf = [join(server.port, "silent") for _ in range(8)]
    for each in deaf:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        each.sendall(b"GET /static/css/passline.css HTTP/1.1\r\nHost: localhost\r\n\r\n" * 12)
    begun = time.monotonic()
    assert Client(server.port).call("GET", "/healthz").status == 200
    assert time.monotonic() - begun < 1
    for each in deaf:
        each.close()


def test_who_is_too_slow_has_to_go(tmp_path: Path) -> None:
    kinds = {"idle": 1, "silent": 1, "slow head": 1, "slow body": 1, "slow chunks": 1}
    hasty = ["wsgi:app", "-k", "tests.violence.hasty.Hasty"]
    with running(tmp_path, arguments=hasty) as server, crowd(server.port, kinds) as members:
        assert all(map(is_open, members))
        time.sleep(3.5)
        assert list(map(is_open, members)) == [True, False, False, False, False]


_TO = b"POST /account/api/registration HTTP/1.1\r\nHost: l\r\nContent-Type: application/json\r\n"
CHUNKED = _TO + b"Transfer-Encoding: chunked\r\n\r\n"
LOGIN = b'{"username": "nobody", "password": "wrong password"}'
HEADED = _TO + b"Content-Length: 52\r\n\r\n"
IN_TWO_CHUNKS = b"1a\r\n" + LOGIN[:26] + b"\r\n1A;x=y\r\n" + LOGIN[26:] + b"\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("request_", "statuses"),
    [
        (ASK, [200]),
        (ASK * 3, [200] * 3),
        (b"\r\n" + ASK, [200]),
        (HEADED + LOGIN, [400]),
        (HEADED + LOGIN + ASK, [400, 200]),
        (CHUNKED + IN_TWO_CHUNKS, [400]),
        (CHUNKED + b"34\r\n" + LOGIN + b"\r\n0\r\nX-Trailer: yes\r\n\r\n" + ASK, [400, 200]),
        (CHUNKED + b"no\r\n", [400]),
        (CHUNKED[:-2] + b"Content-Length: 52\r\n\r\n" + LOGIN, [400]),
        (b"nonsense\r\n\r\n", [400]),
        (HEADED.replace(b"52", b"99999999"), [413]),
        (HEADED.replace(b"52", b"60") + LOGIN + b" " * 8, [400]),
        (ASK[:-2] + b"X-Long: " + b"a" * 140_000, [431]),
        (CHUNKED + b"ffffff\r\n" + b"a" * 140_000, [413]),
        (HEADED.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"), [100]),
    ],
)
@pytest.mark.parametrize("piece", [1 << 20, 7])
def test_requests_are_whole_in_whatever_pieces_they_come(
    server: Running, request_: bytes, statuses: list[int], piece: int
) -> None:
    with join(server.port, "silent") as connection:
        connection.settimeout(5)
        pieces = max(piece, len(request_) // 300)
        for start in range(0, len(request_), pieces):
            connection.sendall(request_[start : start + pieces])
            time.sleep(0 if piece > 7 else 0.0003)
        answers = b""
        while answers.count(b"HTTP/1.1 ") < len(statuses):
            more = connection.recv(65536)
            assert more, answers
            answers += more
    assert [int(each[:3]) for each in answers.split(b"HTTP/1.1 ")[1:]] == statuses


def test_a_stopped_server_does_not_wait_for_the_silent(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        silent = [join(server.port, kind) for kind in ("silent", "idle")]
        time.sleep(0.2)
        threading.Timer(0, server.process.terminate).start()
        assert server.process.wait(timeout=6) == 0
        for each in silent:
            each.close()


def test_a_zero_with_many_digits_is_no_last_chunk(server: Running) -> None:
    with join(server.port, "silent") as connection:
        connection.sendall(CHUNKED + b"0000000034\r\n\r\n")  # not an end: 52 bytes are to come
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        assert Client(server.port).call("GET", "/healthz").status == 200
