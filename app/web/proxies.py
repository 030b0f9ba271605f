"""Address, scheme, prefix and request id, as forwarded by a trusted proxy only."""

import re
import secrets
from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address
from time import perf_counter
from typing import Any

from app.settings import Settings

# No dot segments, because browsers resolve them.
_PREFIX = re.compile(r"(/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)+")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}")

Environ = dict[str, Any]
WSGI = Callable[[Environ, Any], Iterable[bytes]]


class Forwarded:
    """WSGI middleware that rewrites the environment as a trusted proxy says.

    That is REMOTE_ADDR, wsgi.url_scheme, HTTP_HOST, SCRIPT_NAME and X-Request-Id.
    """

    def __init__(self, app: WSGI, settings: Settings) -> None:
        self._app = app
        self._networks = settings.trusted_proxies
        self._trust_unix_socket = settings.trust_unix_socket
        self._prefix = settings.url_prefix

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        environ["passline.started"] = perf_counter()
        prefix, trusted = self._prefix, self._trusts(environ.get("REMOTE_ADDR", ""))
        if "HTTP_X_REQUEST_ID" in environ and not (
            trusted and _REQUEST_ID.fullmatch(environ["HTTP_X_REQUEST_ID"])
        ):
            environ["HTTP_X_REQUEST_ID"] = new_request_id()
        if trusted:
            _believe_scheme_and_host(environ)
            prefix = prefix or _one(environ, "HTTP_X_FORWARDED_PREFIX").rstrip("/")
            environ["REMOTE_ADDR"] = self._client(environ)
        if _PREFIX.fullmatch(prefix):
            _mount(environ, prefix)
        return self._app(environ, start_response)

    def _trusts(self, address: str) -> bool:
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

    def _client(self, environ: Environ) -> str:
        """Return the address of the client.

        It walks X-Forwarded-For from the right, past the hops that we trust: each has
        appended the address of its peer.
        """
        address = str(environ.get("REMOTE_ADDR", ""))
        for hop in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            hop = hop.strip()
            try:
                ip_address(hop)
            except ValueError:
                break
            address = hop
            if not self._trusts(hop):
                break
        return address


def new_request_id() -> str:
    """Return a new id, for a request without one from a trusted proxy."""
    return secrets.token_hex(8)


def _one(environ: Environ, name: str) -> str:
    """Return a header's value, or "" for a list.

    A list means that two proxies disagree, or that the client sent the header as well.
    """
    value = str(environ.get(name, "")).strip()
    return "" if "," in value else value


def _believe_scheme_and_host(environ: Environ) -> None:
    scheme = _one(environ, "HTTP_X_FORWARDED_PROTO").lower()
    if scheme in ("http", "https"):
        environ["wsgi.url_scheme"] = scheme
    if host := _one(environ, "HTTP_X_FORWARDED_HOST"):
        environ["HTTP_HOST"] = host


def _mount(environ: Environ, prefix: str) -> None:
    """Serve below `prefix`, whether the proxy forwards it or strips it."""
    environ["SCRIPT_NAME"] = prefix
    path = environ.get("PATH_INFO", "")
    if path == prefix or path.startswith(prefix + "/"):
        environ["PATH_INFO"] = path[len(prefix) :] or "/"
