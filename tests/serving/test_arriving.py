"""How the server finds the end of an HTTP/1.1 request that it waits for."""

import time
from pathlib import Path

import pytest

from app.serving.arriving import Arriving
from tests.live import Client, server


@pytest.mark.parametrize(
    "length", ["0000000000000000000000010", "1000000000000000000000", "ten", ""]
)
def test_a_length_that_cannot_be_read_is_waited_for_by_nobody(length: str) -> None:
    request = Arriving()
    assert request.add(f"POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode())
    assert request.refusal == "400 Bad Request"


def test_a_chunks_size_without_an_end_is_read_once() -> None:
    request = Arriving()
    request.add(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    begun = time.process_time()
    assert not request.add(b"a" * 100_000)
    assert time.process_time() - begun < 2  # it took half a minute


@pytest.mark.slow
def test_a_cookie_header_above_the_limit_is_answered_and_one_below_it_served(
    tmp_path: Path,
) -> None:
    with server(tmp_path / "data") as port:
        for value, status in (("x" * 8100, 200), ("x" * 8200, 431), ("x" * 140_000, 431)):
            assert Client(port).call("GET", "/healthz", Cookie=f"other={value}").status == status
