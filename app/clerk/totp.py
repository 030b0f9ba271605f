"""/v1/me/totp and /v1/me/backup_codes: the authenticator app, and backup codes."""

from typing import Any

from flask import Response

from app.clerk import answers as a
from app.clerk import asking, objects, schemas
from app.clerk.answers import NAMED
from app.clerk.blueprint import clerk
from app.core import clock
from app.core.mfa import recovery_codes, totp, totp_enrolment
from app.core.mfa.errors import (
    CodeWrong,
    LastSecondFactor,
    NoSecondFactor,
    SecretNotOffered,
    TotpIsOff,
    TotpIsOn,
)
from app.describe import examples
from app.describe.operation import RENEWED, answers
from app.describe.refusals import STEP_UP
from app.storage.records import UserRecord
from app.web.bodies import takes
from app.web.context import context
from app.web.rate_limits import limited

Json = dict[str, Any]


@clerk.post("/v1/me/totp")
@answers(a.TotpAnswer, signed_in=True, parameters=(NAMED,), raises=(TotpIsOn, *STEP_UP))
@asking.enrolling
@limited("120/minute", of_user="60/minute")
def create_totp() -> Json:
    """Offer a secret for an authenticator app; it is the same one for ten minutes.

    No body is read.
    """
    live = asking.required()
    offer = totp_enrolment.offer(live, guarded=True, context=context())
    return objects.wrapped(_totp(live.user) | {"secret": offer.secret, "uri": offer.uri})


@clerk.post("/v1/me/totp/attempt_verification")
@answers(
    a.TotpAnswer,
    words="The app, verified, with `backup_codes` if they were made now; they are shown once.",
    sets=RENEWED,
    signed_in=True,
    parameters=(NAMED,),
    raises=(CodeWrong, SecretNotOffered, TotpIsOn, *STEP_UP),
)
@asking.enrolling
@limited("60/minute", of_user="30/minute")
@takes(schemas.Code(), example={"code": examples.CODE}, forms=True)
def attempt_totp_verification(body: Json) -> Response:
    """Turn the authenticator app on, by its first code."""
    live = asking.required()
    done = totp_enrolment.turn_on(live, body["code"], makes_codes=True, context=context())
    asking.look_again(done.token)
    made = _totp(done.user) | {"backup_codes": done.recovery_codes or None}
    return asking.renewed(objects.wrapped(made), done.token)


@clerk.delete("/v1/me/totp")
@answers(
    a.DeletedTotpAnswer,
    signed_in=True,
    parameters=(NAMED,),
    raises=(TotpIsOff, LastSecondFactor, *STEP_UP),
)
@limited("60/minute", of_user="30/minute")
def delete_totp() -> Json:
    """Turn the authenticator app off; with the last second factor, backup codes go."""
    user = totp_enrolment.turn_off(asking.required(), context=context())
    asking.look_again()
    return objects.wrapped({"object": "totp", "id": _id(user), "deleted": True})


def _totp(user: UserRecord) -> Json:
    """Return the TOTP object: the app that is or will be the user's, without secret."""
    app, now = totp.of_user(user.id), clock.now()
    return {
        "object": "totp",
        "id": _id(user),
        "secret": None,
        "uri": None,
        "verified": app is not None,
        "created_at": app.created_at if app else now,
        "updated_at": app.created_at if app else now,
    }


def _id(user: UserRecord) -> str:
    """Return the id of the user's app, the same before it is turned on."""
    return f"totp_{user.id}"


# The SDK sends the slash.
@clerk.post("/v1/me/backup_codes", strict_slashes=False)
@answers(
    a.BackupCodesAnswer, signed_in=True, parameters=(NAMED,), raises=(NoSecondFactor, *STEP_UP)
)
@limited("60/minute", of_user="30/minute")
def create_backup_codes() -> Json:
    """Make ten backup codes in place of the old ones; they are shown once."""
    live = asking.required()
    codes, now = recovery_codes.make(live, context=context()), clock.now()
    asking.look_again()
    made = {"object": "backup_code", "id": f"backup_code_{live.user.id}", "codes": codes}
    return objects.wrapped(made | {"created_at": now, "updated_at": now})
