"""Address, scheme, prefix and request id as a trusted reverse proxy forwards them, and nothing that others send."""

import re
import secrets
from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address
from time import perf_counter
from typing import Any

from app.settings import Settings

_PREFIX = re.compile(
    r"(/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)+"
)  # no dot segments: browsers resolve them
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}")

Environ = dict[str, Any]
WSGI = Callable[[Environ, Any], Iterable[bytes]]


class Forwarded:
    """WSGI middleware that rewrites REMOTE_ADDR, wsgi.url_scheme, HTTP_HOST, SCRIPT_NAME and X-Request-Id."""

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
        if not address:  # the peer of a unix socket has none
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
        """Walk X-Forwarded-For from the right, past the hops that we trust; each wrote down who spoke to it."""
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
    """Make an id for a request that no trusted proxy gave one."""
    return secrets.token_hex(8)


def _one(environ: Environ, name: str) -> str:
    """Give a header's value; a list (two proxies disagree, or a client sent one too) is not believed."""
    value = str(environ.get(name, "")).strip()
    return "" if "," in value else value


def _believe_scheme_and_host(environ: Environ) -> None:
    scheme = _one(environ, "HTTP_X_FORWARDED_PROTO").lower()
    if scheme in ("http", "https"):
        environ["wsgi.url_scheme"] = scheme
    if host := _one(environ, "HTTP_X_FORWARDED_HOST"):
        environ["HTTP_HOST"] = host


def _mount(environ: Environ, prefix: str) -> None:
    """Serve below `prefix`, whether the proxy passes it on or strips it."""
    environ["SCRIPT_NAME"] = prefix
    path = environ.get("PATH_INFO", "")
    if path == prefix or path.startswith(prefix + "/"):
        environ["PATH_INFO"] = path[len(prefix) :] or "/"
