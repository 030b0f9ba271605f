"""Requests that may hash a password: the server lets few of them in at once.

The worker holds the others back before they get a thread (app/serving/worker.py), and
says of a request what it wants refused.
"""

import re
from collections.abc import Iterator
from typing import Any

from flask import Flask, request

from app.core import passwords, throttle
from app.core.context import Service
from app.errors import AppError, BodyTooLarge, Busy
from app.web.proxies import Forwarded

_FORWARDED_FOR = re.compile(rb"\r\nx-forwarded-for:([^\r\n]*)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_REFUSALS: dict[str, type[AppError]] = {"busy": Busy, "body_too_large": BodyTooLarge}


def init_app(app: Flask, service: Service) -> None:
    """Let the worker know of the routes, once all are registered, and heed it."""
    app.before_request(_heed_worker)
    requests = PasswordRequests(app, service)
    # Called by app/serving/config.py in each worker.
    app.extensions["passline.held_back"] = lambda: (service.passwords.places, requests.network_of)


def _heed_worker() -> None:
    """Raise what the worker wants, or note whether the request may hash a password.

    Other servers admit all. Raises `Busy`, `BodyTooLarge`.
    """
    by = request.environ.get("gunicorn.socket")
    if wanted := getattr(by, "refusal", ""):
        raise _REFUSALS[wanted]
    passwords.admitted.set(getattr(by, "admitted", True))


class PasswordRequests:
    """Finds the requests that may hash a password, and the networks they come from.

    One that is not found, such as with a path in another spelling, is not admitted, and
    refused when it is about to hash.
    """

    def __init__(self, app: Flask, service: Service) -> None:
        self._proxies = Forwarded(app.wsgi_app, service.settings)
        # Whatever the prefix; a proxy may have stripped it.
        paths = b"|".join(sorted(set(_paths(app))))
        self._start = re.compile(rb"(?:POST|PATCH) [^? ]*(?:%b)/?[? ]" % paths)

    def network_of(self, received: bytearray, client: Any) -> str | None:
        """Return the network of the client, or None if the request has no password.

        `client` is the peer's address as a socket names it.
        """
        if not self._start.match(received):
            return None
        body = received.find(b"\r\n\r\n")
        # A passkey may be sent to the same route, and waits for nobody. A chunk may end
        # within the word.
        if received.find(b"password", body) < 0 and not _CHUNKED.search(received, 0, body):
            return None
        peer = client[0] if isinstance(client, tuple) else ""  # a unix socket's has none
        address = peer
        if self._proxies.trusts(peer):
            chain = b",".join(_FORWARDED_FOR.findall(received, 0, body))
            address, _ = self._proxies.client(peer, chain.decode("latin-1"))
        return throttle.network(address)


def _paths(app: Flask) -> Iterator[bytes]:
    """Return the routes whose body may have a password, as regular expressions."""
    for rule in app.url_map.iter_rules():
        schema = getattr(app.view_functions[rule.endpoint], "body_schema", None)
        if schema is not None and any("password" in name for name in schema.fields):
            fixed = re.split(r"<[^>]*>", rule.rule)
            yield "[^/? ]+".join(map(re.escape, fixed)).encode()
