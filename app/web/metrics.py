"""Metrics for Prometheus. This module is only loaded if they are on."""

import os
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from app.core.clock import second_passed
from app.core.context import Service
from app.core.outcomes import ceremony_ended, proof_judged
from app.errors import Busy, Throttled
from app.storage import database
from app.web.request_log import route, seconds

_METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}  # any other is OTHER
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one app.

    Labels are route templates, codes and fixed words, so their number is bounded.
    """

    def __init__(self, app: Flask, service: Service) -> None:
        self._service = service
        self._registry = CollectorRegistry()
        made: Any = {"registry": self._registry, "namespace": "passline"}
        requests = ("http_requests", "Requests answered.", ("method", "route", "status"))
        self._requests = Counter(*requests, **made)
        latency = ("http_request_duration_seconds", "Time to answer.", ("route",))
        self._latency = Histogram(*latency, buckets=_BUCKETS, **made)
        ended = ("ceremonies", "Ceremonies finished, and why not.")
        self._ceremonies = Counter(*ended, ("ceremony", "result", "reason"), **made)
        proved = ("proofs", "Second steps, step-ups and recoveries judged, and why not taken.")
        self._proofs = Counter(*proved, ("act", "way", "result", "reason"), **made)
        refused = ("throttled", "Attempts and requests refused as too many.", ("reason",))
        self._throttled = Counter(*refused, **made)
        live = made | {"multiprocess_mode": "livesum"}
        pool = ("database_connections", "Connections of the pool.", ("state",))
        self._connections = Gauge(*pool, **live)
        hashing = ("password_hashing_busy", "Passwords being hashed, at most two per worker.")
        self._hashing = Gauge(*hashing, **live)
        self._listen(app)

    def _listen(self, app: Flask) -> None:
        """Count the events of this app, not of another one in the process."""
        app.after_request(self._count)
        ceremony_ended.connect(self._count_ceremony, sender=self._service)
        proof_judged.connect(self._count_proof, sender=self._service)
        second_passed.connect(self._sample, sender=self._service)

    def answer(self) -> Response:
        """Return the metrics of all workers, in the format that `Accept` asks for."""
        self._sample(self._service)
        registry = self._registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # created by app/serving/config.py
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(registry), content_type=content_type)

    def _count(self, response: Response) -> Response:
        template, taken, error = route() or "unmatched", seconds(), g.get("error")
        method = request.method if request.method in _METHODS else "OTHER"
        self._requests.labels(method, template, str(response.status_code)).inc()
        if taken is not None:
            self._latency.labels(template).observe(taken)
        if isinstance(error, Throttled | Busy):
            self._throttled.labels(error.reason).inc()
        return response

    def _count_ceremony(self, _: Service, *, ceremony: str, reason: str) -> None:
        self._ceremonies.labels(ceremony, "refused" if reason else "ok", reason).inc()

    def _count_proof(self, _: Service, *, act: str, way: str, reason: str) -> None:
        named = act.replace(" ", "_").replace("-", "_")
        self._proofs.labels(named, way, "refused" if reason else "ok", reason).inc()

    def _sample(self, service: Service) -> None:
        self._hashing.set(service.passwords.busy())
        for state, number in database.pool().items():
            self._connections.labels(state).set(number)
