"""Where one HTTP/1.1 request ends (RFC 9112), as far as waiting for it takes; gunicorn parses and judges it."""

import re

_MOST = 128 * 1024  # bytes of a request: more than any of ours needs

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*(?=\r\n)")
# Possessive: to try each shorter size again would take seconds, in which all other clients wait.
_CHUNK = re.compile(rb"([0-9a-f]++)[^\r\n]*+\r\n", re.IGNORECASE)
_LAST = re.compile(rb"(?:[^\r\n]+\r\n)*\r\n")  # the trailers, and the empty line


class Arriving:
    """What has arrived of one request."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.refusal = ""  # a status to close with
        self.cut_short = False  # more would come, and nobody shall wait for it
        self.expects = False  # it waits for our word before it sends the body
        self._end: int | None = (
            None  # where the body begins, then where it ends or its next chunk begins
        )
        self._chunked = False

    def add(self, data: bytes) -> bool:
        """Say whether the request is whole, or shall be answered as it is."""
        self.data += data
        if self._end is None and not self._head():
            return bool(self.refusal)
        if self._chunked:
            return self._chunks() or bool(self.refusal)
        self.cut_short = (
            self._end or 0
        ) > _MOST  # the app refuses a body by the length that it claims
        return self.cut_short or len(self.data) >= (self._end or 0)

    def _head(self) -> bool:
        while self.data[:2] == b"\r\n":  # empty lines before a request are allowed
            del self.data[:2]
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            self.refusal = "431 Request Header Fields Too Large" if len(self.data) > _MOST else ""
            return False
        head, self._end = self.data[: end + 2].lower(), end + 4
        self._chunked = b"\r\ntransfer-encoding:" in head
        self.expects = b"\r\nexpect:" in head
        if b"\r\ncontent-length:" in head and self._chunked:
            self.refusal = (
                "400 Bad Request"  # two ends, of which gunicorn might believe the other (6.1)
            )
        elif length := _LENGTH.search(head):
            self._end += int(length[1])
        elif (
            b"\r\ncontent-length:" in head
        ):  # gunicorn might wait in a thread for a length that we cannot read
            self.refusal = "400 Bad Request"
        return not self.refusal

    def _chunks(self) -> bool:
        """Walk over the chunks that are there; malformed ones are gunicorn's to refuse."""
        while chunk := _CHUNK.match(self.data, self._end or 0):
            size = int(chunk[1], 16)
            if not size:
                return bool(_LAST.match(self.data, chunk.end())) or self._too_long()
            if chunk.end() + size + 2 > len(self.data):
                return self._too_long()
            self._end = chunk.end() + size + 2
        return b"\r\n" in self.data[self._end :] or self._too_long()

    def _too_long(self) -> bool:
        self.refusal = "413 Content Too Large" if len(self.data) > _MOST else ""
        return False
