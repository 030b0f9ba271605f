"""How the server finds the end of an HTTP/1.1 request that it waits for."""

import time

import pytest

from app.serving.arriving import Arriving


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
