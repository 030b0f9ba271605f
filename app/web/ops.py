"""/healthz, /readyz and /metrics for operators, /.well-known/webauthn for browsers."""

import hmac
import logging
from collections.abc import Callable
from ipaddress import ip_address

from flask import Blueprint, Flask, Response, abort, request

from app.core.context import Service
from app.describe import shapes
from app.describe.operation import Answered, answers
from app.describe.shapes import described, one_of
from app.settings import MetricsGuard
from app.storage import database
from app.web.context import service
from app.web.json_provider import json_answer

ops = Blueprint("ops", __name__)
logger = logging.getLogger("passline")

_Healthy = shapes.shape("Service", "Healthy", status=one_of("ok"))
_Ready = shapes.shape("Service", "Ready", status=one_of("ready"))
_NotReady = shapes.shape(
    "Service",
    "NotReady",
    status=one_of("unavailable"),
    reasons=described(["The database cannot be reached."], "For people."),
)
_RelatedOrigins = shapes.shape("Service", "RelatedOrigins", origins=["https://example.org"])
_METRICS = (
    "# HELP passline_http_requests_total Requests answered.\n"
    'passline_http_requests_total{method="GET",route="/passkeys",status="200"} 42.0\n'
)


def init_app(app: Flask, service: Service) -> None:
    """Add the routes.

    Without METRICS there is no /metrics, and prometheus_client is not loaded. Without
    RELATED_ORIGINS there is no list of them.
    """
    app.register_blueprint(ops)
    if service.settings.related_origins:
        app.add_url_rule("/.well-known/webauthn", "related_origins", related_origins)
    if service.settings.metrics:
        from app.web.metrics import Metrics

        metrics = Metrics(app, service)
        view = _guarded(metrics.answer, service.settings.metrics)
        app.add_url_rule("/metrics", "metrics", view)


@ops.get("/healthz")
@answers(_Healthy, uses_database=False)
def health() -> dict[str, str]:
    """Report that this process answers; the database is not asked."""
    return {"status": "ok"}


@ops.get("/readyz")
@answers(
    _Ready,
    Answered(status=503, shape=_NotReady, words="Requests would fail."),
    uses_database=False,
)
def ready() -> Response:
    """Return `{status: "ready"}` where the database is there, upgraded and can be
    written, else with 503 `{status: "unavailable", reasons}`.
    """
    reasons = _reasons()
    if reasons:
        return json_answer({"status": "unavailable", "reasons": reasons}, status=503)
    return json_answer({"status": "ready"})


def _reasons() -> list[str]:
    try:
        reason = "The database cannot be reached."
        pending = database.pending()
        reason = "The database cannot be written."
        database.require_writable()
    except database.Unreachable as error:
        logger.warning("not ready", extra={"cause": str(error).strip()})
        return [reason]
    return [f"The database lacks the upgrade {name}." for name in pending]


@answers(_RelatedOrigins, uses_database=False)
def related_origins() -> dict[str, list[str]]:
    """List the origins of other domains that may use our passkeys (WebAuthn Level 3,
    5.11).

    Browsers ask at the root of the RP id's host, and not for origins within it. They
    honour five domains or more, so the list is not spent on our own.
    """
    return {"origins": list(service().settings.related_origins)}


def _guarded(view: Callable[[], Response], guard: MetricsGuard) -> Callable[[], Response]:
    @answers(
        Answered(
            words="In the format that `Accept` asks for.",
            media_types=("text/plain", "application/openmetrics-text"),
            text=_METRICS,
        ),
        Answered(
            status=404,
            words="To whom PASSLINE_METRICS does not admit.",
            media_types=("text/html",),
            text='<!doctype html>\n<html lang="en"><title>…</title>…',
        ),
        uses_database=False,
    )
    def guarded() -> Response:
        """Return the metrics of all workers, for Prometheus."""
        if not _admits(guard):
            abort(404)  # as if the route did not exist
        return view()

    return guarded


def _admits(guard: MetricsGuard) -> bool:
    if guard.token:
        shown = request.headers.get("Authorization", "")
        return hmac.compare_digest(shown.encode(), f"Bearer {guard.token}".encode())
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False  # the peer of a unix socket has none
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in guard.networks)
