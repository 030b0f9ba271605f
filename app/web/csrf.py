"""Refuse requests from other sites, by the headers that browsers send."""

from urllib.parse import urlsplit

from flask import request

from app.errors import CrossSiteRequest
from app.web.context import service
from app.web.edges import changes


def protect() -> None:
    """Refuse a state-changing request that another site's page makes.

    That holds without a cookie, too: a sign-in would leave the visitor in somebody
    else's account. Pages cannot set Sec-Fetch-Site, so it decides if it is present; a
    client without it, Origin and Referer is not a browser. Raises `CrossSiteRequest`.
    """
    if not changes(request.method, request.path):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site in ("same-origin", "none"):  # "none": the user typed the address
        return
    origin = request.headers.get("Origin")
    if site is None and origin is None:
        referer = request.headers.get("Referer")
        if referer is None:
            return
        origin = _origin_of(referer)
    settings = service().settings
    if origin not in settings.origins and origin not in settings.cors_origins:
        raise CrossSiteRequest(cause=f"Sec-Fetch-Site {site!r}, origin {origin!r}"[:300])


def _origin_of(url: str) -> str:
    try:
        page = urlsplit(url)
    except ValueError:
        return ""
    return f"{page.scheme}://{page.netloc}"
