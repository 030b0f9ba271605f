"""Facts about the request in log lines, and optionally one line per request."""

import logging
from time import perf_counter
from typing import Any

from flask import Flask, Response, g, has_request_context, request

from app.settings import Settings
from app.web.proxies import new_request_id

logger = logging.getLogger("passline.request")


class OfRequest(logging.Filter):
    """Add request_id, route, user and duration_ms, unless the record has its own."""

    def filter(self, record: logging.LogRecord) -> bool:
        if has_request_context():
            for name, value in _facts().items():
                if not getattr(record, name, ""):
                    setattr(record, name, value)
        return True


def init_app(app: Flask, settings: Settings) -> None:
    """Add facts about requests to the log and, with LOG_REQUESTS, a line for each."""
    for handler in logging.getLogger("passline").handlers:
        handler.addFilter(OfRequest())
    if settings.log_requests:
        app.after_request(_log)


def _log(response: Response) -> Response:
    about = {
        "method": request.method,
        "status": response.status_code,
        "address": request.remote_addr,
    }
    logger.info("request", extra=about)
    return response


def _facts() -> dict[str, Any]:
    taken = seconds()
    return {
        "request_id": request_id(),
        "route": route(),
        "user": g.get("user_id", ""),  # if known: logging must not query the database
        "duration_ms": taken and round(taken * 1000, 1),
    }


def request_id() -> str:
    """Return the trusted proxy's id of this request, or one made on first use."""
    environ = request.environ
    given: str | None = environ.get("HTTP_X_REQUEST_ID")
    return given or str(environ.setdefault("passline.request_id", new_request_id()))


def route() -> str:
    """Return the template of the route, or "" if none matches."""
    return request.url_rule.rule if request.url_rule else ""


def seconds() -> float | None:
    """Return how long this request has taken so far, or None without the middleware."""
    started = request.environ.get("passline.started")
    return None if started is None else perf_counter() - started
