"""What a log line tells of the request in which it was written, and one line a request where that is wanted."""

import logging
from time import perf_counter
from typing import Any

from flask import Flask, Response, g, has_request_context, request

from app.settings import Settings
from app.web.proxies import new_request_id

logger = logging.getLogger("passline.request")


class OfRequest(logging.Filter):
    """Adds request_id, route, user and duration_ms, where the line itself does not say otherwise."""

    def filter(self, record: logging.LogRecord) -> bool:
        if has_request_context():
            for name, value in _facts().items():
                if not getattr(record, name, ""):
                    setattr(record, name, value)
        return True


def init_app(app: Flask, settings: Settings) -> None:
    """Let Passline's log tell of requests; with LOG_REQUESTS each of them gets a line."""
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
        "user": _user_id(),
        "duration_ms": taken and round(taken * 1000, 1),
    }


def request_id() -> str:
    """Give the trusted proxy's id of this request, or one of our own, made when it is first asked for."""
    environ = request.environ
    given: str | None = environ.get("HTTP_X_REQUEST_ID")
    return given or str(environ.setdefault("passline.request_id", new_request_id()))


def route() -> str:
    """Give the template of the route, such as "/static/<path:filename>"; empty where none matches."""
    return request.url_rule.rule if request.url_rule else ""


def seconds() -> float | None:
    """Give how long this request has taken so far, where it came through the middleware."""
    started = request.environ.get("passline.started")
    return None if started is None else perf_counter() - started


def _user_id() -> str:
    """Give who is known to ask by now; to log must not read the database."""
    visitor = g.get("_login_user")  # where flask-login keeps it once it was asked
    return str(g.get("user_id") or getattr(getattr(visitor, "user", None), "id", ""))
