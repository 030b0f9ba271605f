"""Clerk's Session, with all fields that its schemas require."""

from typing import Any

from app.clerk import users
from app.core import clock
from app.core.mfa import factors, policy, proofs
from app.core.mfa.factors import Factors
from app.core.mfa.policy import Standing
from app.core.sessions import Live
from app.storage.records import SessionRecord, UserRecord
from app.web.context import service

Json = dict[str, Any]

_SETUP = [{"key": "setup-mfa"}]


def session(found: Live, status: str = "") -> Json:
    """Return a Session with its User; `status` is what became of it."""
    own = factors.of_user(found.user.id, service().settings)
    shown = base(found, own, status)
    return shown | {"last_active_token": None, "user": users.user(found.user, own)}


def base(found: Live, own: Factors, status: str = "") -> Json:
    """Return a Session without its User, whose factors are `own`."""
    return _session(found.session, found.user, own, standing=found.standing, status=status)


def _session(
    record: SessionRecord, user: UserRecord, own: Factors, *, standing: Standing, status: str
) -> Json:
    pending = standing.enrols_only
    return {
        "object": "session",
        "id": f"sess_{record.id}",
        "status": status or ("pending" if pending else "active"),
        "expire_at": record.expires_at,
        "abandon_at": record.expires_at,
        "last_active_at": record.last_seen_at,
        "last_active_organization_id": None,
        "actor": None,
        "tasks": _SETUP if pending else None,
        "factor_verification_age": ages(record, own),
        "public_user_data": users.public_user_data(user),
        "created_at": record.created_at,
        "updated_at": record.last_seen_at,
    }


def ages(record: SessionRecord, own: Factors) -> list[int]:
    """Return the minutes since each factor was proved; -1 if the person has none.

    A factor that the person has and the session has not proved is as old as 1970: any
    smaller number could pass for a proof.
    """
    proved = proofs.of_session(record)
    return [_minutes(proved.first_at, own.ways_in > 0), _minutes(proved.second_at, own.second)]


def _minutes(at: int | None, there: bool) -> int:
    if not there:
        return -1
    now = clock.now()
    # What is later was proved before the clock went back.
    since = at if at is not None and at <= now + proofs.AHEAD else 0
    return max(0, (now - since) // clock.MINUTE)


def listed(user: UserRecord, records: list[SessionRecord], status: str = "") -> list[Json]:
    """Return sessions of the user, with what is known about their devices."""
    settings = service().settings
    own = factors.of_user(user.id, settings)

    def one(record: SessionRecord) -> Json:
        standing = policy.standing(proofs.of_session(record), lambda: own, settings)
        shown = _session(record, user, own, standing=standing, status=status)
        return shown | {"latest_activity": _activity(record)}

    return [one(each) for each in records]


def _activity(record: SessionRecord) -> Json:
    return {
        "object": "session_activity",
        "id": f"sess_activity_{record.id}",
        "browser_name": record.client,
        "browser_version": "",
        "device_type": record.device,
        "ip_address": "",
        "city": "",
        "country": "",
        "is_mobile": record.device in ("iPhone", "iPad") or "Android" in record.user_agent,
    }
