"""The context of calls to the core, from the app and the request."""

from typing import cast

from flask import current_app, request

from app.core.context import Caller, Context, Service


def service() -> Service:
    """Return the service of the current app."""
    return cast(Service, current_app.extensions["passline"])


def context() -> Context:
    """Return the service, with the peer's address and User-Agent."""
    agent = request.headers.get("User-Agent", "")[:512]
    return Context(service(), Caller(request.remote_addr or "", agent))
