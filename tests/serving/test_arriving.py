"""How the server finds the end of an HTTP/1.1 request that it waits for."""

from pathlib import Path

import pytest

from app.serving import arriving
from app.serving.arriving import Arriving
from app.web import bodies
from tests.live import Client, server

POST = b"POST / HTTP/1.1\r\n"
BAD = "400 Bad Request"


@pytest.mark.parametrize(
    "field",
    [
        *("Content-Length: 0000000000000000000000010", "Content-Length: 1000000000000000000000"),
        *("Content-Length: ten", "Content-Length:", "Content-Length: 5\r\nContent-Length: 5"),
        *("Transfer-Encoding: identity", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding:"),
        *("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "X: 1\nHost: a"),
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
    ],
)
def test_a_body_without_one_certain_end_is_waited_for_by_nobody(field: str) -> None:
    request = Arriving()
    assert request.add(POST + field.encode() + b"\r\n\r\n")
    assert request.refusal == BAD


@pytest.mark.parametrize("pieces", [1, 7, 1000])
@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\nHost: a", POST + b"Host: a\n\r\n", b"\nGET"])
def test_a_line_that_ends_without_cr_is_refused_at_once(head: bytes, pieces: int) -> None:
    request, sent = Arriving(), 0
    while not request.refusal:
        request.add(head[sent : sent + pieces])
        sent += pieces
        assert sent < len(head) + pieces
    assert request.refusal == BAD


def test_the_body_may_have_any_bytes() -> None:
    request = Arriving()
    assert request.add(POST + b"Content-Length: 4\r\n\r\n\n\n\n\n")
    assert not request.refusal


@pytest.mark.parametrize(
    ("field", "expects"),
    [
        ("100-continue", True),
        ("100-Continue ", True),
        ("200-ok", False),
        ("100-continue, x", False),
    ],
)
def test_only_one_word_asks_for_100_continue(field: str, expects: bool) -> None:
    request = Arriving()
    request.add(POST + b"Content-Length: 4\r\nExpect: " + field.encode() + b"\r\n\r\n")
    assert request.expects is expects


def test_a_head_may_have_32_kib() -> None:
    request = Arriving()
    assert not request.add(POST + b"X: " + b"a" * (32 * 1024 - 100))
    assert not request.refusal
    assert request.add(b"a" * 100)
    assert request.refusal == "431 Request Header Fields Too Large"
    whole = Arriving()
    assert whole.add(POST + b"X: " + b"a" * (32 * 1024) + b"\r\n\r\n")
    assert whole.refusal == "431 Request Header Fields Too Large"


CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("request_", "too_large"),
    [
        (POST + b"Content-Length: 65536\r\n\r\n" + b"a" * 65536, False),
        (POST + b"Content-Length: 65537\r\n\r\n", True),
        (CHUNKED + b"10000\r\n" + b"a" * 65536 + b"\r\n0\r\n\r\n", False),
        (CHUNKED + b"10001\r\n", True),
        (CHUNKED + b"8000\r\n" + b"a" * 32768 + b"\r\n8001\r\n", True),
    ],
)
def test_no_more_is_awaited_than_the_app_takes(request_: bytes, too_large: bool) -> None:
    request = Arriving()
    assert request.add(request_)
    assert request.too_large is too_large
    assert not request.refusal


def test_the_app_takes_as_much() -> None:
    assert arriving.BODY == bodies.LARGEST


@pytest.mark.parametrize(
    "first", [POST + b"Content-Length: 3\r\n\r\nabc", CHUNKED + b"0\r\nA: b\r\n\r\n"]
)
def test_what_follows_a_request_is_the_next_ones(first: bytes) -> None:
    request = Arriving()
    assert request.add(first + b"GET / HTTP")
    assert request.take_surplus() == b"GET / HTTP"
    assert bytes(request.data) == first


@pytest.mark.parametrize(
    ("start", "more", "refusal"),
    [
        (b"", b"a", ""),  # gunicorn refuses a size line that is no size
        (b"0\r\n", b"a", BAD),
        (b"0\r\n", b"A: b\r\n", BAD),
        (b"5;", b"a", ""),
    ],
)
def test_little_is_looked_at_anew_however_much_arrives(
    start: bytes, more: bytes, refusal: str
) -> None:
    request, arrived = Arriving(), 0
    request.add(CHUNKED + start)
    while not request.add(more):
        arrived += len(more)
        assert arrived < 5000
    assert request.refusal == refusal


def test_the_last_chunk_may_have_trailers() -> None:
    request = Arriving()
    assert not request.add(CHUNKED + b"1\r\na\r\n0\r\nA: b\r\n")
    assert request.add(b"C: d\r\n\r\nGET")
    assert request.take_surplus() == b"GET"


def test_gunicorn_is_told_to_close() -> None:
    request = Arriving()
    request.add(b"GET / HTTP/1.1\r\nConnection: keep-alive\r\n\r\n")
    request.close_after()
    assert request.data.startswith(b"GET / HTTP/1.1\r\nConnection: close\r\nConnection: keep")


@pytest.mark.slow
def test_a_cookie_header_above_the_limit_is_answered_and_one_below_it_served(
    tmp_path: Path,
) -> None:
    with server(tmp_path / "data") as port:
        for value, status in (("x" * 8100, 200), ("x" * 8200, 431), ("x" * 140_000, 431)):
            assert Client(port).call("GET", "/healthz", Cookie=f"other={value}").status == status
