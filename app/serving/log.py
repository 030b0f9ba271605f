"""gunicorn's own log lines as JSON, for LOG_FORMAT=json."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from gunicorn.glogging import Logger


class JsonFormatter(logging.Formatter):
    """One object per line, with the members of the app's own lines (app/log.py)."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, separators=(",", ":"))


class JsonLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """The logger class that gunicorn is configured to use."""

    def setup(self, cfg: Any) -> None:
        """Set up the handlers, at the start and at each reload."""
        super().setup(cfg)
        # The last resort is for warnings before the app has set up its own log.
        for handler in (*self.error_log.handlers, logging.lastResort):
            if handler:
                handler.setFormatter(JsonFormatter())
