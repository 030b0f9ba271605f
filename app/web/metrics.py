"""Prometheus's metrics. Loaded only where they are on: without them a request costs and memory holds nothing of it."""

import os
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from app.core import observed, passwords
from app.errors import Throttled
from app.operations import housekeeping
from app.storage import database
from app.web.request_log import route, seconds

_METHODS = {
    "GET",
    "HEAD",
    "OPTIONS",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
}  # anybody may send another word
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """What is counted. Labels are route templates, codes and words of ours: their number is bounded."""

    def __init__(self, app: Flask) -> None:
        self._registry = CollectorRegistry()
        made: Any = {"registry": self._registry, "namespace": "passline"}
        self._requests = Counter(
            "http_requests", "Requests answered.", ("method", "route", "status"), **made
        )
        self._latency = Histogram(
            "http_request_duration_seconds", "Time to answer.", ("route",), buckets=_BUCKETS, **made
        )
        self._ceremonies = Counter(
            "ceremonies",
            "Ceremonies finished, and why not.",
            ("ceremony", "result", "reason"),
            **made,
        )
        self._throttled = Counter(
            "throttled", "Attempts and requests refused as too many.", ("reason",), **made
        )
        live = made | {"multiprocess_mode": "livesum"}
        self._connections = Gauge(
            "database_connections", "Connections of the pool.", ("state",), **live
        )
        self._hashing = Gauge(
            "password_hashing_busy", "Passwords hashed or waiting, three a worker.", **live
        )
        app.after_request(self._count)
        observed.listeners.append(self._count_ceremony)
        housekeeping.each_second.append(self._sample)

    def answer(self) -> Response:
        """Give the metrics of all workers, in the format that is asked for."""
        self._sample()
        registry = self._registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # made by app/serving/config.py
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
        if isinstance(error, Throttled):
            self._throttled.labels(error.reason).inc()
        return response

    def _count_ceremony(self, ceremony: str, reason: str) -> None:
        self._ceremonies.labels(ceremony, "refused" if reason else "ok", reason).inc()

    def _sample(self) -> None:
        self._hashing.set(passwords.busy())
        for state, number in database.pool().items():
            self._connections.labels(state).set(number)
