"""The context of calls to the core, from the app and the request."""

from typing import cast

from flask import current_app, g, request

from app.core import tokens
from app.core.context import Caller, Context, Service

DEVICE_COOKIE = "passline_device"


def service() -> Service:
    """Return the service of the current app."""
    return cast(Service, current_app.extensions["passline"])


def context() -> Context:
    """Return the service and the caller, with what identity.py found of them."""
    agent = request.headers.get("User-Agent", "")[:512]
    identified = g.get("session"), g.get("api_token", b"")
    token = request.cookies.get(DEVICE_COOKIE, "")
    device = token if tokens.looks_like_token(token) else tokens.new_token()
    return Context(service(), Caller(request.remote_addr or "", agent, *identified, device))
