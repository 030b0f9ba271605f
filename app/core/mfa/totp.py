"""The authenticator app: time-based one-time passwords (RFC 6238).

SHA-1, six digits, thirty seconds, one step of drift. A code is good once.
"""

import hmac
import re
from typing import Any

from app.core import audit, clock, one_limit, throttle
from app.core.audit import Event
from app.core.context import Context, Service
from app.core.mfa.errors import CodeWrong, TotpIsOff
from app.core.sealing import Place, SealBroken
from app.core.throttle import Limit
from app.storage import database
from app.storage.mfa_statements import TOTP_SWITCHED, TOTP_USED
from app.storage.models import Totp
from app.storage.records import TotpRecord
from app.storage.statement import columns

_STEP = 30 * clock.SECOND
_DRIFT = (0, -1, 1)  # steps, the likeliest first
SIGN_IN, SESSION = "sign-in", "session"  # where a code is taken
_PLACES = (SIGN_IN, SESSION)


def of_user(user_id: str) -> TotpRecord | None:
    """Return the person's authenticator app, or None."""
    query = Totp.select(*columns(Totp, TotpRecord)).where(Totp.user == user_id)
    row: Any = query.tuples().first()
    return row and TotpRecord._make(row)


def switched(user_id: str) -> tuple[int | None, int | None]:
    """Return when the app was turned on, and when one was turned off last."""
    row: Any = TOTP_SWITCHED.one(id=user_id)
    return (None, None) if row is None else (row[0], row[1])


def use(user_id: str, code: str, *, place: str, context: Context) -> None:
    """Use up a code of the person's app.

    Wrong ones are counted by person, wherever they come from, since who is guessing has
    the password already: ten are free, then each has to wait twice as long as the one
    before, up to an hour. Raises `CodeWrong`, also for a code that was used,
    `Throttled`, `TotpIsOff`.
    """
    app = of_user(user_id)
    if app is None:
        raise TotpIsOff
    if normal(code) is None:
        raise CodeWrong(cause="it is not six digits")
    counted = one_limit.attempt(_limit(user_id, place))
    secret = opened(app, service=context.service)
    step = None if secret is None else step_of(secret, code)
    latest = clock.now() // _STEP + 1
    used = {"user_id": user_id, "step": step, "latest": latest}
    if step is None or TOTP_USED.change(**used) is None:
        if counted.is_last_free:
            with database.transient():
                audit.record(Event.CODES_WRONG, user_id=user_id, context=context)
        raise CodeWrong(cause="unreadable" if secret is None else f"step {step}")
    one_limit.take_back(counted)


def _limit(user_id: str, place: str) -> Limit:
    return Limit(throttle.key("totp", place, user_id), free=10, longest=3600)


def forget_wrong_codes(user_id: str) -> None:
    """Forget the wrong codes: there is a new password. Not within a transaction."""
    one_limit.forget([_limit(user_id, place) for place in _PLACES])


def opened(app: TotpRecord, *, service: Service) -> str | None:
    """Return the secret in Base32, or None if another secret key has sealed it."""
    try:
        return service.seal.open(bytes(app.secret_sealed), Place.of(Totp.secret_sealed, app.id))
    except SealBroken:
        return None


def step_of(secret: str, code: str) -> int | None:
    """Return the step whose code this is, if it is near to now, else None."""
    from pyotp import TOTP  # who signs in without a code needs none of it

    typed, now = normal(code), clock.now() // _STEP
    if typed is None:
        return None
    app = TOTP(secret)
    near = (now + drift for drift in _DRIFT)
    return next((step for step in near if hmac.compare_digest(app.generate_otp(step), typed)), None)


def normal(code: str) -> str | None:
    """Return the six digits that were typed, perhaps in groups, or None."""
    digits = re.sub(r"[\s-]", "", code)
    return digits if re.fullmatch("[0-9]{6}", digits) else None
