"""The authenticator app, recovery codes, password and policy: what the pages call."""

from typing import Any

from flask import Response

from app.core import profile
from app.core.account_errors import WrongPassword
from app.core.mfa import recovery_codes, totp_enrolment
from app.core.mfa.errors import (
    CodeWrong,
    LastSecondFactor,
    NoSecondFactor,
    PasswordNeeded,
    SecretNotOffered,
    TotpIsOff,
    TotpIsOn,
)
from app.core.mfa.qr_code import png_data_url
from app.describe import examples
from app.describe.operation import RENEWED, answers
from app.describe.refusals import STEP_UP
from app.errors import SessionRequired
from app.pages import answers as a
from app.pages import objects, schemas
from app.pages.blueprints import account
from app.web.access import login_or_enrolment, login_required
from app.web.bodies import takes
from app.web.context import context
from app.web.cookies import renewed
from app.web.identity import live_session
from app.web.rate_limits import limited

Json = dict[str, Any]


@account.get("/security")
@answers(a.Security, signed_in=True, raises=(SessionRequired,))
@login_or_enrolment
def security() -> Json:
    """Return your ways in, and what the policy asks."""
    return objects.security(live_session())


@account.patch("/security")
@answers(a.Security, signed_in=True, raises=(NoSecondFactor, *STEP_UP))
@login_required
@limited("60/minute", of_user="30/minute")
@takes(schemas.AlwaysAsks(), example={"always_asks": True})
def change_security(body: Json) -> Json:
    """Ask for a second step at each sign-in, or only where the policy does."""
    profile.set_always_asks(live_session(), body["always_asks"], context=context())
    return objects.security(live_session())


@account.post("/totp/offer")
@answers(a.TotpOffer, signed_in=True, raises=(TotpIsOn, *STEP_UP))
@login_or_enrolment
@limited("120/minute", of_user="60/minute")
def offer_totp() -> Json:
    """Offer a secret for an authenticator app; it is the same one for ten minutes."""
    live = live_session()
    offer = totp_enrolment.offer(live, guarded=True, context=context())
    return {
        "user": objects.user(live.user),
        "secret": offer.secret,
        "qr_code": png_data_url(offer.uri),
    }


@account.post("/totp")
@answers(
    a.RecoveryCodes,
    words="With `recovery_codes` if they were made now; they are shown once.",
    sets=RENEWED,
    signed_in=True,
    raises=(CodeWrong, SecretNotOffered, TotpIsOn, *STEP_UP),
)
@login_or_enrolment
@limited("60/minute", of_user="30/minute")
@takes(schemas.Code(), example={"code": examples.CODE})
def turn_totp_on(body: Json) -> Response:
    """Turn the authenticator app on, by its first code."""
    live = live_session()
    done = totp_enrolment.turn_on(live, body["code"], makes_codes=True, context=context())
    return renewed(objects.codes(done.user, done.recovery_codes), done.token)


@account.delete("/totp")
@answers(a.SignedIn, signed_in=True, raises=(TotpIsOff, LastSecondFactor, *STEP_UP))
@login_required
@limited("60/minute", of_user="30/minute")
def turn_totp_off() -> Json:
    """Turn the authenticator app off."""
    return {"user": objects.user(totp_enrolment.turn_off(live_session(), context=context()))}


@account.post("/recovery-codes")
@answers(a.RecoveryCodes, signed_in=True, raises=(NoSecondFactor, *STEP_UP))
@login_required
@limited("60/minute", of_user="30/minute")
def make_recovery_codes() -> Json:
    """Make ten new recovery codes in place of the old ones; they are shown once."""
    live = live_session()
    return objects.codes(live.user, recovery_codes.make(live, context=context()))


@account.post("/recovery-codes/saved")
@answers(a.SignedIn, signed_in=True, raises=(SessionRequired,))
@login_required
@limited("60/minute", of_user="30/minute")
def confirm_recovery_codes() -> Json:
    """Confirm that you have saved the recovery codes."""
    live = live_session()
    recovery_codes.confirm_receipt(live, context=context())
    return {"user": objects.user(live.user)}


@account.post("/password")
@answers(a.SignedIn, sets=RENEWED, signed_in=True, raises=(WrongPassword, *STEP_UP))
@login_or_enrolment
@limited("60/minute", of_user="30/minute")
@takes(schemas.NewPassword(), example={"password": examples.ADA["password"]})
def change_password(body: Json) -> Response:
    """Set a new password; all other sessions end."""
    user, token = profile.change_with_password(
        live_session(), {}, body["password"], current=body["current_password"], context=context()
    )
    return renewed({"user": objects.user(user)}, token)


@account.delete("/password")
@answers(a.SignedIn, signed_in=True, raises=(PasswordNeeded, *STEP_UP))
@login_required
@limited("60/minute", of_user="30/minute")
def remove_password() -> Json:
    """Remove the password: from now on only passkeys sign in."""
    return {"user": objects.user(profile.remove_password(live_session(), context=context()))}
