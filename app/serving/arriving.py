"""Where an HTTP/1.1 request ends (RFC 9112), to know when it is complete.

gunicorn still parses and checks it.
"""

import re

_HEAD = 32 * 1024  # bytes, many times what browsers send
BODY = 64 * 1024  # bytes, the most that the app takes
_CHUNKED = 2 * BODY  # bytes that a body may take with the sizes of its chunks
# Bytes that are looked at anew whenever more arrives, while all other clients wait.
_SIZE_LINE, _TRAILERS = 256, 4 * 1024

_CHUNK = re.compile(rb"([0-9a-f]++)[^\r\n]*+\r\n", re.IGNORECASE)
_BAD, _TOO_LARGE = "400 Bad Request", "413 Content Too Large"


class Arriving:
    """The part of a request that has arrived, and what has arrived behind it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.refusal = ""  # the status to close with
        self.too_large = False  # more would come, but it is not awaited
        self.expects = False  # the client waits for 100 Continue
        # Where the body starts; then where it ends, or where its next chunk starts.
        self._end: int | None = None
        self._chunked = False
        self._body = 0  # bytes of the chunks that have arrived or begun

    def add(self, data: bytes) -> bool:
        """Return whether the request is complete, or must be answered as it is."""
        seen = len(self.data)
        self.data += data
        if self._end is None and not self._head(seen):
            return bool(self.refusal)
        complete = self._chunks() if self._chunked else len(self.data) >= (self._end or 0)
        return complete or self.too_large or bool(self.refusal)

    def close_after(self) -> None:
        """Have gunicorn close the connection after its answer, and say so in it."""
        start = self.data.find(b"\r\n") + 2  # it heeds the first field of this name
        self.data[start:start] = b"Connection: close\r\n"

    def take_surplus(self) -> bytes:
        """Remove what belongs to the next request, and return it."""
        end = len(self.data) if self.too_large else self._end
        surplus = bytes(self.data[end:])
        del self.data[end:]
        return surplus

    def _head(self, seen: int) -> bool:
        """Return whether the head is complete; its first `seen` bytes are known."""
        while self.data[:2] == b"\r\n":  # empty lines before a request are allowed
            del self.data[:2]
        end = self.data.find(b"\r\n\r\n", max(0, seen - 3))
        if self._has_bare_lf(seen, end + 4 if end >= 0 else len(self.data)):
            self.refusal = _BAD  # gunicorn takes it for no end of a line (2.2)
        elif end > _HEAD or (end < 0 and len(self.data) > _HEAD):
            self.refusal = "431 Request Header Fields Too Large"
        elif end >= 0:
            self._end = end + 4
            self._frame(self.data[: end + 2].lower())
        return self._end is not None and not self.refusal

    def _has_bare_lf(self, start: int, end: int) -> bool:
        data = self.data
        return data.count(b"\n", start, end) != data.count(b"\r\n", max(0, start - 1), end)

    def _frame(self, head: bytearray) -> None:
        """Find out how the body is framed (6.3), and refuse what may have two ends."""
        lengths = _values(head, b"\r\ncontent-length:")
        codings = _values(head, b"\r\ntransfer-encoding:")
        self.expects = _values(head, b"\r\nexpect:") == [b"100-continue"]
        if codings and (lengths or codings != [b"chunked"]):
            self.refusal = _BAD  # gunicorn might believe another end, or wait in a thread
        elif codings:
            self._chunked = True
        elif lengths and not (len(lengths) == 1 and re.fullmatch(rb"\d{1,18}", lengths[0])):
            self.refusal = _BAD
        elif lengths:
            self.too_large = int(lengths[0]) > BODY
            self._end = (self._end or 0) + int(lengths[0])

    def _chunks(self) -> bool:
        """Skip the chunks that have arrived; gunicorn refuses malformed ones."""
        start = self._end or 0
        while chunk := _CHUNK.match(self.data, start, start + _SIZE_LINE):
            size, content = int(chunk[1], 16), chunk.end()
            if not size:
                return self._trailers(content)
            self.too_large = self._body + size > BODY
            if self.too_large or content + size + 2 > len(self.data):
                break
            self._body += size
            self._end = start = content + size + 2
        else:
            line = self.data[start : start + _SIZE_LINE]
            if b"\r\n" in line or len(line) == _SIZE_LINE:
                return True
        self.refusal = _TOO_LARGE if len(self.data) > _HEAD + _CHUNKED else ""
        return False

    def _trailers(self, start: int) -> bool:
        """Return whether the last line is here, after the trailers if there are any."""
        end = self.data.find(b"\r\n\r\n", start - 2)
        if end >= 0:
            self._end = end + 4
        elif len(self.data) - start > _TRAILERS:
            self.refusal = _BAD
        return end >= 0


def _values(head: bytearray, start: bytes) -> list[bytes]:
    """Return the values of the fields that `start` begins; all is in lower case."""
    found, at = [], head.find(start)
    while at >= 0:
        end = head.find(b"\r\n", at + 2)
        found.append(bytes(head[at + len(start) : end]).strip(b" \t"))
        at = head.find(start, end)
    return found
