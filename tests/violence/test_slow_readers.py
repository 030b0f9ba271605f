"""Clients that read nothing, or slowly, keep nobody else waiting."""

import contextlib
import http.client
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops.gunicorn import Running, running
from tests.violence import slow_readers
from tests.violence.connections import ASK, is_open, somebody

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server for the tests that do it no harm."""
    with running(tmp_path_factory.mktemp("readers")) as server:
        somebody(server.port)
        yield server


def everything_of(connection: socket.socket) -> bytes:
    """Return what is left to read until the server closes the connection."""
    connection.settimeout(5)
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while more := connection.recv(65536):
            found += more
    return found


# What a hundred of them have not read exceeds the budget. Requests in a pipeline are
# answered as any others.
CROWDS = [("pipelining", 50), ("one answer", 200), ("both", 200)]


@pytest.mark.parametrize(("kind", "many"), CROWDS)
def test_a_crowd_that_reads_nothing_keeps_nobody_waiting(
    server: Running, kind: str, many: int
) -> None:
    served = slow_readers.run(server.port, many=many, kind=kind, seconds=1)
    assert set(served.statuses) == {200}, str(served)
    assert served.slowest < 1000, str(served)


@pytest.mark.proof
@pytest.mark.parametrize(("kind", "many"), [*CROWDS, ("one answer", 50), ("both", 50)])
def test_nor_does_it_within_a_minute(server: Running, kind: str, many: int) -> None:
    served = slow_readers.run(server.port, many=many, kind=kind, seconds=60)
    assert set(served.statuses) == {200}, str(served)
    assert served.p99 < 1000, str(served)
    assert served.slowest < 1000 or many > 50, str(served)  # more all join at once


def test_who_reads_nothing_has_to_go_and_who_reads_slowly_gets_all(tmp_path: Path) -> None:
    hasty = ["wsgi:app", "-k", "tests.violence.hasty.Hasty"]
    with running(tmp_path, arguments=hasty) as server:
        somebody(server.port)
        with slow_readers.readers(server.port, 2, "one answer") as [deaf, slow]:
            answer = http.client.HTTPResponse(slow)
            time.sleep(1)
            answer.begin()
            length = int(answer.headers["Content-Length"])
            assert length > 100_000
            got = sum(len(answer.read(8192)) for _ in range(length // 8192 + 1))
            assert got == length
            time.sleep(3.5)
            assert not everything_of(deaf).endswith(b"}")
            slow.sendall(ASK)
            assert is_open(slow)


def test_progress_gives_no_further_time(tmp_path: Path) -> None:
    hasty = ["wsgi:app", "-k", "tests.violence.hasty.Hasty"]
    with running(tmp_path, arguments=hasty) as server:
        somebody(server.port)
        with slow_readers.readers(server.port, 1, "one answer") as [steady]:
            answer = http.client.HTTPResponse(steady)
            answer.begin()
            taken = 0
            with contextlib.suppress(ConnectionResetError):
                while some := answer.read(2048):
                    taken += len(some)
                    time.sleep(0.05)
            assert taken < int(answer.headers["Content-Length"])


def test_an_answer_in_pieces_is_followed_by_the_next(server: Running) -> None:
    with slow_readers.readers(server.port, 1, "both") as [reader]:
        time.sleep(0.5)
        reader.settimeout(20)
        stream = reader.makefile("rb")
        for _ in range(20):
            assert stream.readline() == b"HTTP/1.1 200 OK\r\n"
            headers = http.client.parse_headers(stream)
            assert len(stream.read(int(headers["Content-Length"]))) > 100_000
        reader.shutdown(socket.SHUT_WR)
        assert stream.read() == b""
