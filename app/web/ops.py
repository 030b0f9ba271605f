"""/healthz, /readyz and /metrics: what those ask who keep the service running."""

import hmac
import logging
from collections.abc import Callable
from ipaddress import ip_address

from flask import Blueprint, Flask, Response, abort, request

from app.settings import MetricsGuard, Settings
from app.storage import database
from app.web.json_provider import json_answer

ops = Blueprint("ops", __name__)
logger = logging.getLogger("passline")


def init_app(app: Flask, settings: Settings) -> None:
    """Add the routes; without METRICS there is no /metrics, nothing is counted, and prometheus_client not loaded."""
    app.register_blueprint(ops)
    if settings.metrics:
        from app.web.metrics import Metrics

        app.add_url_rule("/metrics", "metrics", _guarded(Metrics(app).answer, settings.metrics))


@ops.get("/healthz")
def health() -> dict[str, str]:
    """Say that this process answers; the database is not asked."""
    return {"status": "ok"}


@ops.get("/readyz")
def ready() -> Response:
    """Say `{status: "ready"}`, or with 503 `{status: "unavailable", reasons}`: is the database there, and upgraded?"""
    reasons = _reasons()
    if reasons:
        return json_answer({"status": "unavailable", "reasons": reasons}, status=503)
    return json_answer({"status": "ready"})


def _reasons() -> list[str]:
    try:
        pending = database.pending()
    except database.Unreachable as error:
        logger.warning("not ready", extra={"cause": str(error).strip()})
        return ["The database cannot be reached."]
    return [f"The database lacks the upgrade {name}." for name in pending]


def _guarded(view: Callable[[], Response], guard: MetricsGuard) -> Callable[[], Response]:
    def guarded() -> Response:
        """Give the metrics of all workers, for Prometheus."""
        if not _admits(guard):
            abort(404)  # as if there were none
        return view()

    return guarded


def _admits(guard: MetricsGuard) -> bool:
    if guard.token:
        shown = request.headers.get("Authorization", "")
        return hmac.compare_digest(shown.encode(), f"Bearer {guard.token}".encode())
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False  # a unix socket's peer has none
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in guard.networks)
