"""A client's socket that nothing in a thread ever waits for."""

import socket
from contextlib import suppress
from typing import Any, Self

# The kernel would take megabytes for a client that reads nothing.
_AHEAD = 64 * 1024


class Outgoing(socket.socket):
    """A socket that keeps an answer until it is whole, and then sends what it can.

    The rest is for the poller. The app reads `refusal`, why the worker wants it to
    refuse the request, and `admitted`, whether the request may hash a password.
    """

    __slots__ = ("admitted", "answer", "refusal")

    answer: bytearray
    refusal: str
    admitted: bool

    @classmethod
    def of(cls, accepted: socket.socket) -> Self:
        """Return the accepted socket as one of this kind."""
        family, kind, protocol = accepted.family, accepted.type, accepted.proto
        made = cls(family, kind, protocol, fileno=accepted.detach())
        super(Outgoing, made).setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _AHEAD)
        made.answer, made.refusal, made.admitted = bytearray(), "", False
        return made

    def setblocking(self, flag: bool) -> None:
        """Stay as it is: gunicorn would make it blocking for its threads."""

    def settimeout(self, value: float | None) -> None:
        """Stay as it is, likewise."""

    def sendall(self, data: Any, *_: Any) -> None:
        """Keep a part of the answer."""
        self.answer += data

    def send(self, data: Any, *_: Any) -> int:
        """Drop what gunicorn sends by this: 100 Continue, for a body that is here."""
        return len(data)

    def flush(self) -> bool:
        """Send what the client takes now, and return whether that is all.

        Raises `OSError` if the client is gone.
        """
        with suppress(BlockingIOError):
            while self.answer:
                del self.answer[: super().send(self.answer)]
        return not self.answer

    def say(self, words: str) -> None:
        """Send a status line at once. A client that is gone is noticed later."""
        with suppress(OSError):
            super().send(f"HTTP/1.1 {words}\r\n\r\n".encode())

    def received(self, *flags: int) -> bytes | None:
        """Return what has arrived: b"" from who is gone, or None for nothing yet."""
        try:
            return self.recv(65536, *flags)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def is_gone(self) -> bool:
        """Return whether the client has closed the connection."""
        return self.received(socket.MSG_PEEK) == b""
