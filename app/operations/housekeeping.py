"""What runs beside the requests: expired rows go in small batches, and SQLite's log is checkpointed."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from app.core import clock, sessions, signing_keys
from app.storage import database
from app.storage.models import Challenge, Enrolment, Failure, Session, SignIn, SigningKey

logger = logging.getLogger("passline")

BATCH = 500
_EVERY = 60  # seconds between two cleanings
each_second: list[Callable[[], None]] = []  # what the metrics want done, where they are on


class Started:
    """WSGI middleware that starts the thread at a worker's first request, after gunicorn's fork."""

    def __init__(self, app: Flask) -> None:
        self._flask = app
        self._app: Callable[..., Iterable[bytes]] = app.wsgi_app
        self._started = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # Held for good: once a process. Tests clean by hand.
        if not self._flask.testing and self._started.acquire(blocking=False):
            threading.Thread(target=_run, name="housekeeping", daemon=True).start()
        return self._app(environ, start_response)


def _run() -> None:
    sessions.describe("")  # loads the tables that the first sign-in would wait for
    pause, seconds = threading.Event(), 0
    while not pause.wait(1):
        try:
            database.checkpoint()
            for sample in each_second:
                sample()
            if seconds % _EVERY == 0:
                clean()
        except database.Unreachable as error:  # each second, until it is back
            logger.warning(
                "housekeeping waits for the database", extra={"cause": str(error).strip()}
            )
        except Exception:  # whatever it is, the next round may do better
            logger.exception("housekeeping failed")
        finally:
            database.release()
        seconds += 1


def clean() -> int:
    """Delete what has expired, a batch at a time so that no request waits long; gives the number of rows."""
    now = clock.now()
    over: list[tuple[Any, Any]] = [
        (table, table.expires_at <= now) for table in (Challenge, Session, Failure, SignIn)
    ]
    over.append(
        (Enrolment, Enrolment.expires_at <= now - clock.DAY)
    )  # whoever began it may still ask what came of it
    over.append((SigningKey, SigningKey.retired_at <= now - signing_keys.PUBLISHED))
    return sum(_delete(table, condition) for table, condition in over)


def _delete(table: Any, condition: Any) -> int:
    gone, key = 0, table._meta.primary_key
    while True:
        # Looked for in a statement of its own: writers do not wait for it, even where no index helps.
        found = [value for (value,) in table.select(key).where(condition).limit(BATCH).tuples()]
        gone += table.delete().where(key << found, condition).execute() if found else 0
        if len(found) < BATCH:
            return gone
