"""Requests that another site made are refused, by what the browser says of where they come from."""

from flask import request

from app.errors import CrossSiteRequest
from app.web.login import service

_SAFE = {"GET", "HEAD", "OPTIONS"}
# Zipline signs out by GET, which changes something all the same.
_CHANGING_GETS = {"/api/auth/logout"}


def changes(method: str, path: str) -> bool:
    """Say whether such a request may change something."""
    return method not in _SAFE or path in _CHANGING_GETS


def protect() -> None:
    """Refuse a state-changing request with a cookie that comes from elsewhere; raises `CrossSiteRequest`.

    Sec-Fetch-Site cannot be set by a page, so it decides where it exists. With neither header it is no browser.
    """
    if "HTTP_COOKIE" in request.environ:
        refuse_elsewhere()


def refuse_elsewhere() -> None:
    """Refuse a state-changing request that another site made; raises `CrossSiteRequest`."""
    if not changes(request.method, request.path):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site in ("same-origin", "none"):  # "none": the person typed the address
        return
    origin = request.headers.get("Origin")
    if origin is None and site is None:
        return
    settings = service().settings
    if origin not in settings.origins and origin not in settings.cors_origins:
        raise CrossSiteRequest(cause=f"Sec-Fetch-Site {site!r}, Origin {origin!r}"[:300])
