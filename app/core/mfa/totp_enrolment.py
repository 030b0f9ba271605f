"""Turning the authenticator app on and off."""

import hmac
from typing import Any, NamedTuple

from app.core import audit, clock, session_renewal, tokens
from app.core.audit import Event
from app.core.changes import changing
from app.core.context import Context, Service
from app.core.mfa import factors, guards, recovery, recovery_codes, removals, step_up, totp
from app.core.mfa.errors import (
    CodeWrong,
    SecondFactorRequired,
    SecretNotOffered,
    TotpIsOff,
    TotpIsOn,
)
from app.core.mfa.guards import Guard
from app.core.mfa.policy import Standing
from app.core.sealing import Place, SealBroken
from app.core.sessions import Live
from app.storage.models import Totp, TotpOffer, User
from app.storage.records import UserRecord

_OFFERED_FOR = 10 * clock.MINUTE


class Offer(NamedTuple):
    """A secret in Base32 that is not in use yet, and its otpauth URI for a QR code."""

    secret: str
    uri: str


class TurnedOn(NamedTuple):
    """The user as changed, the session's new token if any, and codes if made now."""

    user: UserRecord
    token: str | None
    recovery_codes: list[str]


def offer(live: Live, *, guarded: bool, context: Context) -> Offer:
    """Return the secret that is offered to this session, for ten minutes the same one.

    With `guarded` the proof has to be recent now; else it suffices at the end. Raises
    `TotpIsOn`, and what guards.check() raises.
    """
    from pyotp import random_base32
    from pyotp.totp import TOTP

    if live.standing is not Standing.RECOVERING and totp.of_user(live.user.id):
        raise TotpIsOn
    proved = guards.is_recent(Guard.ENROLS, live.user.id, guarded=guarded, context=context)
    if proved:
        # Somebody else may have been shown it, who has an older token of the session.
        session_renewal.withdraw_unproved_offer(live.session)
    secret = _offered(live, service=context.service) or random_base32()
    _keep_offer(live, secret, proved=proved, service=context.service)
    named = {"name": live.user.username, "issuer_name": context.settings.rp_name}
    # Of two at once, the first is kept.
    secret = _offered(live, service=context.service) or secret
    return Offer(secret, TOTP(secret).provisioning_uri(**named))


def _row(live: Live) -> TotpOffer | None:
    own = TotpOffer.id == live.session.id, TotpOffer.user == live.user.id
    return TotpOffer.get_or_none(*own, TotpOffer.expires_at > clock.now())


def _offered(live: Live, *, service: Service) -> str | None:
    row = _row(live)
    if row is None:
        return None
    try:
        place = Place.of(TotpOffer.secret_sealed, live.session.id)
        return service.seal.open(bytes(row.secret_sealed), place)
    except SealBroken:
        return None


def _keep_offer(live: Live, secret: str, *, proved: bool, service: Service) -> None:
    place, now = Place.of(TotpOffer.secret_sealed, live.session.id), clock.now()
    row = {
        "id": live.session.id,
        "user": live.user.id,
        "secret_sealed": service.seal.close(secret, place),
        "proved": proved,
        "created_at": now,
        "expires_at": now + _OFFERED_FOR,
    }
    TotpOffer.delete().where(TotpOffer.id == live.session.id, TotpOffer.expires_at <= now).execute()
    TotpOffer.insert(**row).on_conflict_ignore().execute()


def turn_on(
    live: Live, code: str, *, secret: str | None = None, makes_codes: bool, context: Context
) -> TurnedOn:
    """Turn on the app that was offered to this session, by its first code.

    This counts as a use of it. `secret` is what the client was offered, if it says so.
    With `makes_codes` the person gets recovery codes who has none, since the client can
    show them. In a session that recovers, it replaces the old app. Raises
    `SecretNotOffered`, `CodeWrong`, `TotpIsOn`, and what `changing` raises.
    """
    user, row = live.user, _row(live)
    offered = _offered(live, service=context.service)
    if (
        row is None
        or offered is None
        or not hmac.compare_digest(
            offered.encode(), (offered if secret is None else secret).encode("utf-8", "replace")
        )
    ):
        raise SecretNotOffered
    step = totp.step_of(offered, code)
    if step is None:
        raise CodeWrong
    guard = Guard.BEGUN if row.proved else Guard.ENROLS
    alone = live.standing is Standing.RECOVERING
    with changing(user, context=context, guard=guard, alone=alone) as changed:
        _store(live, offered, step, service=context.service)
        audit.record(Event.TOTP_ADDED, user_id=user.id, context=context)
        recovery.settle(context=context)
        made = recovery_codes.first_set(user.id, context=context) if makes_codes else []
        token = session_renewal.complete(
            lambda proved: proved.with_totp(clock.now()), context=context
        )
    return TurnedOn(changed, token, made)


def _store(live: Live, secret: str, step: int, *, service: Service) -> None:
    """Store the app, under the person's lock. Raises `TotpIsOn`, `SecretNotOffered`."""
    user_id, new_id = live.user.id, tokens.new_id()
    if live.standing is Standing.RECOVERING:
        Totp.delete().where(Totp.user == user_id).execute()
    elif totp.of_user(user_id):
        raise TotpIsOn
    own = TotpOffer.id == live.session.id, TotpOffer.user == user_id
    if not TotpOffer.delete().where(*own).execute():
        raise SecretNotOffered
    Totp.insert(
        id=new_id,
        user=user_id,
        secret_sealed=service.seal.close(secret, Place.of(Totp.secret_sealed, new_id)),
        last_step=step,
        created_at=clock.now(),
    ).execute()


def turn_off(live: Live, *, code: str | None = None, context: Context) -> UserRecord:
    """Turn the app off, by a recent proof, or by its own `code`, which is one.

    What other sessions have proved is void. Returns the user as changed. Raises
    `TotpIsOff`, `CodeWrong`, `LastSecondFactor`, and what `changing` raises.
    """
    user = live.user
    if live.standing.enrols_only:
        raise SecondFactorRequired
    if code is not None:
        step_up.use_code(live, code, context=context)
    guard = Guard.NONE if code is not None else Guard.RECENT
    with changing(user, context=context, guard=guard) as changed:
        before = factors.of_user(user.id, context.settings)
        if not Totp.delete().where(Totp.user == user.id).execute():
            raise TotpIsOff
        removals.settle(user.id, before, context=context)
        User.update(mfa_disabled_at=clock.now()).where(User.id == user.id).execute()
        audit.record(Event.TOTP_REMOVED, user_id=user.id, context=context)
    return changed


def expired(now: int) -> tuple[Any, Any]:
    """Return the table and the condition of what to delete."""
    return TotpOffer, TotpOffer.expires_at <= now
