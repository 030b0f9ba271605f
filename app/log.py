"""Logging: lines for people, or one JSON object per line for programs."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

from app.core import audit
from app.core.audit import Event
from app.core.context import Service
from app.settings import Settings

_EXTRAS = (
    "request_id",
    "method",
    "route",
    "status",
    "duration_ms",
    "user",
    "address",
    "detail",
    "cause",
)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[
                :-6
            ]
            + "Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        extras = "".join(
            f" {name}={_on_one_line(str(value))}" for name, value in _extras(record).items()
        )
        return super().format(record) + extras


def _on_one_line(text: str) -> str:
    """Escape text from clients, so that it cannot forge a log line."""
    return text if text.isprintable() else json.dumps(text)


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {
        name: value for name in _EXTRAS if (value := getattr(record, name, "")) not in ("", None)
    }


def init_app(service: Service) -> None:
    """Send Passline's log, with the service's audit events, to standard error."""
    _configure(service.settings)
    audit.recorded.connect(_write_audit_event, sender=service)


def _configure(settings: Settings) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Json() if settings.log_format == "json" else _Text("%(asctime)s %(levelname)s %(message)s")
    )
    logger = logging.getLogger("passline")
    logger.handlers = [handler]
    logger.setLevel(settings.log_level.upper())
    logger.propagate = False


def _write_audit_event(
    _: Service, *, event: Event, user_id: str, address: str, detail: str
) -> None:
    extra = {"user": user_id, "address": address, "detail": detail}
    audit.logger.info("%s", event.value, extra=extra)
