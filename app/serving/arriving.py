"""Where an HTTP/1.1 request ends (RFC 9112), to know when it is complete.

gunicorn still parses and checks it.
"""

import re

_MOST = 128 * 1024  # bytes per request, more than any of ours needs

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*(?=\r\n)")
# Possessive, because backtracking could take seconds, while all other clients wait.
_CHUNK = re.compile(rb"([0-9a-f]++)[^\r\n]*+\r\n", re.IGNORECASE)
_LAST = re.compile(rb"(?:[^\r\n]+\r\n)*\r\n")  # the trailers, and the empty line


class Arriving:
    """The part of a request that has arrived."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.refusal = ""  # the status to close with
        self.cut_short = False  # more would come, but it is not awaited
        self.expects = False  # the client waits for 100 Continue
        # Where the body starts; then where it ends, or where its next chunk starts.
        self._end: int | None = None
        self._chunked = False

    def add(self, data: bytes) -> bool:
        """Return whether the request is complete, or must be answered as it is."""
        self.data += data
        if self._end is None and not self._head():
            return bool(self.refusal)
        if self._chunked:
            return self._chunks() or bool(self.refusal)
        # The app refuses a body by its Content-Length.
        self.cut_short = (self._end or 0) > _MOST
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
            # It has two ends, and gunicorn might believe the other one (6.1).
            self.refusal = "400 Bad Request"
        elif length := _LENGTH.search(head):
            self._end += int(length[1])
        elif b"\r\ncontent-length:" in head:
            # It cannot be read here, so gunicorn might wait for the body in a thread.
            self.refusal = "400 Bad Request"
        return not self.refusal

    def _chunks(self) -> bool:
        """Skip the chunks that have arrived; gunicorn refuses malformed ones."""
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
