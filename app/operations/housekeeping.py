"""Background work: delete expired rows in small batches, checkpoint the database."""

import logging
import threading
from typing import Any

from flask import Flask

from app.core import (
    audit,
    clock,
    devices,
    enrolments,
    sessions,
    sign_in_attempts,
    signing_keys,
    throttle,
    user_agents,
)
from app.core.context import Service
from app.core.mfa import recovery, totp_enrolment
from app.core.webauthn import challenges
from app.operations import nodes
from app.storage import database

logger = logging.getLogger("passline")

BATCH = 500
_EVERY = 60  # seconds between two cleanings
# Each has an expired(), which returns what to delete.
_FEATURES = (
    *(challenges, sessions, devices, throttle, sign_in_attempts, enrolments, signing_keys),
    *(recovery, totp_enrolment),
)
# Strangers write here, from as many networks as they have.
_CAPPED = (challenges, sign_in_attempts, throttle)


def init_app(app: Flask, service: Service) -> None:
    """Start with the worker if the server calls for it, else with the first request."""
    started = threading.Lock()

    def start() -> None:
        # The lock is never released. Tests call clean() themselves.
        if not app.testing and started.acquire(blocking=False):
            threading.Thread(target=_run, args=(service,), name="housekeeping", daemon=True).start()

    app.extensions["passline.worker_started"].append(lambda _: start())
    app.before_request(start)


def _run(service: Service) -> None:
    user_agents.describe("")  # load the tables that the first sign-in would wait for
    pause, seconds = threading.Event(), 0
    while not pause.wait(1):
        try:
            database.checkpoint()
            clock.second_passed.send(service)
            if seconds % _EVERY == 0:
                clean(audit_retention=service.settings.audit_retention)
                nodes.report(service.settings, running=seconds)
        except database.Unreachable as error:  # logged each second until it is back
            reason = {"cause": str(error).strip()}
            logger.warning("housekeeping waits for the database", extra=reason)
        except Exception:  # the next round may succeed
            logger.exception("housekeeping failed")
        finally:
            database.release()
        seconds += 1


def clean(*, audit_retention: int = 0) -> int:
    """Delete expired rows, a batch at a time so that no request waits long.

    Rows that somebody has locked are left for the next time. So this waits for nobody,
    and several nodes may do it at once. Of what strangers can have written, the oldest
    rows go if there are too many. Audit events go after `audit_retention` seconds; 0
    keeps them. Returns the number of rows.
    """
    now = clock.now()
    gone = sum(_delete(*feature.expired(now)) for feature in _FEATURES)
    gone += sum(_delete_oldest(each.expired(now)[0], each.MOST_OF_ALL) for each in _CAPPED)
    if audit_retention:
        gone += _delete(*audit.outdated(now, audit_retention))
    return gone


def _delete_oldest(table: Any, most: int) -> int:
    """Delete all but about the `most` rows that expire last."""
    if table.select().count() <= most:
        return 0
    by_time = table.select(table.expires_at).order_by(table.expires_at.desc())
    gone = _delete(table, table.expires_at <= by_time.limit(1).offset(most).scalar())
    about = {"detail": f"{gone} of {table._meta.table_name}, of more than {most}"}
    logger.warning("housekeeping deleted the oldest", extra=about)
    return gone


def _delete(table: Any, condition: Any) -> int:
    gone, key = 0, table._meta.primary_key
    while True:
        # A separate statement: writers do not wait for it, even without an index.
        found = [value for (value,) in table.select(key).where(condition).limit(BATCH).tuples()]
        free = database.unlocked(table.select(key).where(key << found, condition))
        deleted = table.delete().where(key << free).execute() if found else 0
        gone += deleted
        if len(found) < BATCH or not deleted:
            return gone
