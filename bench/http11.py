"""A lean HTTP/1.1 client, whose own cost is small: one kept connection, only bytes."""

import socket
from typing import NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    """A status, the cookies that were set, and the body."""

    status: int
    cookies: dict[str, str]
    body: bytes


class Connection:
    """A kept connection to one server, with a cookie jar."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self.origin = base.rstrip("/")
        self._prefix = parts.path.rstrip("/")
        self._host = parts.netloc
        address = (parts.hostname or "", parts.port or 80)
        self._socket = socket.create_connection(address, timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self.cookies: dict[str, str] = {}

    def ask(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/json"
    ) -> Answer:
        """Make a request and read its answer, which must have a Content-Length."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = f"{method} {self._prefix}{path} HTTP/1.1\r\nHost: {self._host}\r\n"
        head += f"Cookie: {cookies}\r\n" if cookies else ""
        head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n" if body else ""
        self._socket.sendall(head.encode() + b"\r\n" + body)
        answer = self._read()
        for name, value in answer.cookies.items():
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer

    def _read(self) -> Answer:
        while (end := self._rest.find(b"\r\n\r\n")) < 0:
            self._receive()
        head, self._rest = self._rest[:end].decode("latin-1"), self._rest[end + 4 :]
        lines = head.split("\r\n")
        cookies, length = {}, 0
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            match name.lower():
                case "content-length":
                    length = int(value)
                case "set-cookie":
                    cookie, _, content = value.partition(";")[0].partition("=")
                    cookies[cookie] = content
        while len(self._rest) < length:
            self._receive()
        body, self._rest = self._rest[:length], self._rest[length:]
        return Answer(int(lines[0].split(" ", 2)[1]), cookies, body)

    def _receive(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._rest += data

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
