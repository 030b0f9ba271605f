"""Address, scheme, prefix and request id, as forwarded by a trusted proxy only."""

import logging
import re
import secrets
import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address
from time import perf_counter
from typing import Any

from flask import Flask, request

from app.errors import MalformedRequest
from app.settings import Settings

logger = logging.getLogger("passline")

# No dot segments, because browsers resolve them.
_PREFIX = re.compile(r"(/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)+")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}")
# An entry of X-Forwarded-For with a port, or an IPv6 address in brackets.
_WITH_PORT = re.compile(r"\[([^\]]+)\](?::\d{1,5})?|([0-9.]+):\d{1,5}")
_FORWARDED = ("HTTP_X_FORWARDED_", "HTTP_FORWARDED")
_AMBIGUOUS = "passline.ambiguous"  # the key in the environment for what cannot be believed

Environ = dict[str, Any]
WSGI = Callable[[Environ, Any], Iterable[bytes]]


class Forwarded:
    """WSGI middleware that rewrites the environment as a trusted proxy says.

    That is REMOTE_ADDR, wsgi.url_scheme, HTTP_HOST, SCRIPT_NAME and X-Request-Id. What
    anybody else forwards is removed.
    """

    def __init__(self, app: WSGI, settings: Settings) -> None:
        self._app = app
        self._networks = settings.trusted_proxies
        self._trust_unix_socket = settings.trust_unix_socket
        self._prefix = settings.url_prefix

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        environ["passline.started"] = perf_counter()
        environ["REMOTE_ADDR"] = peer = _peer(environ)
        prefix, trusted = self._prefix, self.trusts(peer)
        if "HTTP_X_REQUEST_ID" in environ and not (
            trusted and _REQUEST_ID.fullmatch(environ["HTTP_X_REQUEST_ID"])
        ):
            environ["HTTP_X_REQUEST_ID"] = new_request_id()
        if trusted:
            _believe_scheme_and_host(environ)
            prefix = prefix or str(environ.get("HTTP_X_FORWARDED_PREFIX", "")).strip().rstrip("/")
            address, wrong = self.client(peer, environ.get("HTTP_X_FORWARDED_FOR", ""))
            environ["REMOTE_ADDR"] = address
            if wrong is not None:
                _distrust(environ, f"X-Forwarded-For {wrong[:100]!r}", client=address, peer=peer)
        else:
            for name in [each for each in environ if each.startswith(_FORWARDED)]:
                del environ[name]
        if _PREFIX.fullmatch(prefix):
            _mount(environ, prefix)
        return self._app(environ, start_response)

    def trusts(self, address: str) -> bool:
        """Return whether what this peer forwards is believed."""
        if not address:  # the peer of a unix socket
            return self._trust_unix_socket
        if not self._networks:
            return False
        try:
            peer = ip_address(address)
        except ValueError:
            return False
        if isinstance(peer, IPv6Address) and peer.ipv4_mapped:
            peer = peer.ipv4_mapped
        return any(peer in network for network in self._networks)

    def client(self, peer: str, chain: str) -> tuple[str, str | None]:
        """Return the address of the client, and the entry that is no address, if any.

        It walks `chain`, X-Forwarded-For, from the right, past the hops that we trust:
        each has appended the address of its peer. At an entry that is no address, the
        hop that appended it counts as the client; if that is our own peer the request
        is refused, since all of its clients would share one address, and its limits.
        """
        address = peer
        # Without any entry, the proxy itself asks.
        for hop in reversed(chain.split(",") if chain.strip(" ,") else []):
            found = _address(hop.strip())
            if not found:
                return address, hop
            address = found
            if not self.trusts(address):
                break
        return address, None


def init_app(app: Flask, settings: Settings) -> None:
    """Let `app` see each request as the client made it."""
    app.before_request(_refuse_ambiguous)
    # Flask's documented way to add middleware; mypy sees a method replaced.
    app.wsgi_app = Forwarded(app.wsgi_app, settings)  # type: ignore[method-assign]


def _refuse_ambiguous() -> None:
    """Refuse a request if its proxy leaves open who made it, or at which origin."""
    if cause := request.environ.get(_AMBIGUOUS):
        sentence = "The proxy in front of this service forwards headers that cannot be believed."
        raise MalformedRequest(sentence, cause=cause)


def _peer(environ: Environ) -> str:
    """Return the peer's address, or "" on a unix socket, where it may have any name."""
    on = environ.get("gunicorn.socket")
    unix = on is not None and on.family == socket.AF_UNIX
    return "" if unix else str(environ.get("REMOTE_ADDR", ""))


def _address(hop: str) -> str:
    """Return the address in an entry of X-Forwarded-For, or "" if it is none."""
    match = _WITH_PORT.fullmatch(hop)
    address = (match[1] or match[2]) if match else hop
    try:
        ip_address(address)
    except ValueError:
        return ""
    return address


def _distrust(environ: Environ, cause: str, *, client: str, peer: str) -> None:
    if client == peer:
        environ[_AMBIGUOUS] = cause
    else:
        logger.warning("a trusted proxy forwards no address", extra={"cause": cause})


def new_request_id() -> str:
    """Return a new id, for a request without one from a trusted proxy."""
    return secrets.token_hex(8)


def _believe_scheme_and_host(environ: Environ) -> None:
    scheme = _one(environ, "X-Forwarded-Proto").lower()
    if scheme in ("http", "https"):
        environ["wsgi.url_scheme"] = scheme
    if host := _one(environ, "X-Forwarded-Host"):
        environ["HTTP_HOST"] = host


def _one(environ: Environ, name: str) -> str:
    """Return a header's value, or "" for a list, with which the request is refused.

    A list means that two proxies disagree, or that the client sent the header as well.
    """
    value = str(environ.get(f"HTTP_{name.upper().replace('-', '_')}", "")).strip()
    if "," not in value:
        return value
    environ[_AMBIGUOUS] = f"{name} {value[:100]!r}"
    return ""


def _mount(environ: Environ, prefix: str) -> None:
    """Serve below `prefix`, whether the proxy forwards it or strips it."""
    environ["SCRIPT_NAME"] = prefix
    path = environ.get("PATH_INFO", "")
    if path == prefix or path.startswith(prefix + "/"):
        environ["PATH_INFO"] = path[len(prefix) :] or "/"
