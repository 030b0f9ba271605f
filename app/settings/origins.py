"""Domains and origins in the settings, checked to be exactly what browsers send."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import urlsplit

from app.settings.validators import fault, quoted

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


def is_local(host: str) -> bool:
    """Return whether browsers trust a host without TLS, because it is this machine."""
    return host == "localhost" or host.endswith(".localhost")


def host_of(origin: str) -> str:
    """Return the host of a checked web origin, or "" for an Android app's."""
    return urlsplit(origin).hostname or ""


def _is_domain(text: str) -> bool:
    # The URL standard reads a host that ends in a number as an IPv4 address.
    return bool(_DOMAIN.fullmatch(text)) and not _ENDS_IN_NUMBER.fullmatch(text)


def _canonical_origin(text: str) -> str | None:
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = (parts.hostname or "").strip(".").encode("idna").decode(), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not _is_domain(host) or port == 0:
        return None
    scheme = parts.scheme if is_local(host) else "https"
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{scheme}://{host}" + ("" if port in (None, usual) else f":{port}")


@cache
def _is_public_suffix(domain: str) -> bool:
    from publicsuffixlist import PublicSuffixList  # reads 300 kB, which localhost never needs

    # A single label that no list knows is an intranet name such as "nas", not a suffix.
    return PublicSuffixList(accept_unknown=False).is_public(domain)


def domain(text: str) -> str:
    """Parse an RP id or a cookie's Domain: a domain that is not a public suffix."""
    if not _is_domain(text):
        guess = host_of(_canonical_origin(text) or "https://auth.example.com")
        wrong = "is not a bare domain (lower case, no scheme, port, path or IP address)"
        raise fault(text, wrong, f"use for example {quoted(guess)}")
    if not is_local(text) and _is_public_suffix(text):
        fix = 'use the domain people visit, for example "auth.example.com"'
        raise fault(text, "is a public suffix", fix)
    return text


def web_origin(text: str) -> str:
    """Parse an origin, exactly as browsers send it from a secure page.

    http is for localhost only.
    """
    canonical = _canonical_origin(text)
    if canonical is None:
        fix = 'write scheme://host or scheme://host:port, for example "https://auth.example.com"'
        raise fault(text, "is not one exact origin with a domain name", fix)
    if canonical != text:
        raise fault(
            text, "is not what a browser sends from a secure page", f"use {quoted(canonical)}"
        )
    return text


def related_origin(text: str) -> str:
    """Parse an origin of another domain that shares the passkeys."""
    if not web_origin(text).startswith("https:"):
        raise fault(text, "is not https", "use https, as every related origin has to")
    return text


def origin(text: str) -> str:
    """Parse a web origin, or an Android app's, which names its signing certificate."""
    return text if re.fullmatch(r"android:apk-key-hash:[A-Za-z0-9_-]+", text) else web_origin(text)
