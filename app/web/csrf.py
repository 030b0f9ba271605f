"""Refuse requests from other sites, by the headers that browsers send."""

from flask import request

from app.errors import CrossSiteRequest
from app.web.context import service
from app.web.edges import changes


def protect() -> None:
    """Refuse a state-changing request with a cookie that comes from another site.

    Pages cannot set Sec-Fetch-Site, so it decides if it is present. A client that sends
    neither it nor Origin is not a browser. Raises `CrossSiteRequest`.
    """
    if "HTTP_COOKIE" in request.environ:
        refuse_elsewhere()


def refuse_elsewhere() -> None:
    """Refuse a state-changing request from another site. Raises `CrossSiteRequest`."""
    if not changes(request.method, request.path):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site in ("same-origin", "none"):  # "none": the user typed the address
        return
    origin = request.headers.get("Origin")
    if origin is None and site is None:
        return
    settings = service().settings
    if origin not in settings.origins and origin not in settings.cors_origins:
        raise CrossSiteRequest(cause=f"Sec-Fetch-Site {site!r}, Origin {origin!r}"[:300])
