"""/api/user/mfa/totp: the authenticator app; ours beside it: confirming who it is."""

from typing import Any

from flask import Response

from app.core.mfa import step_up, totp, totp_enrolment
from app.core.mfa.errors import (
    CodeWrong,
    LastSecondFactor,
    SecretNotOffered,
    TotpIsOff,
    TotpIsOn,
)
from app.core.mfa.qr_code import png_data_url
from app.describe import examples
from app.describe.operation import RENEWED, answers
from app.describe.refusals import IN_PROOF, STEP_UP
from app.errors import SessionRequired
from app.web.access import login_or_enrolment, login_required
from app.web.bodies import takes
from app.web.context import context, service
from app.web.cookies import answer, renewed
from app.web.identity import live_session
from app.web.rate_limits import limited
from app.zipline import answers as a
from app.zipline import objects, schemas
from app.zipline.blueprint import zipline

Json = dict[str, Any]


@zipline.get("/user/mfa/totp")
@answers(a.Totp, signed_in=True, raises=(SessionRequired,))
@login_or_enrolment
@limited("120/minute", of_user="60/minute")
def get_totp() -> Json:
    """Return `{enabled: true}`, or offer a secret: `{secret, qrcode}`.

    It is the same one for ten minutes.
    """
    live = live_session()
    if not live.standing.enrols_only and totp.of_user(live.user.id):
        return {"enabled": True}
    offer = totp_enrolment.offer(live, guarded=False, context=context())
    return {"secret": offer.secret, "qrcode": png_data_url(offer.uri)}


@zipline.post("/user/mfa/totp")
@answers(
    a.User,
    sets=RENEWED,
    signed_in=True,
    raises=(CodeWrong, SecretNotOffered, TotpIsOn, *STEP_UP),
)
@login_or_enrolment
@limited("60/minute", of_user="30/minute")
@takes(schemas.TotpOn(), example={"code": examples.CODE, "secret": examples.SECRET})
def turn_totp_on(body: Json) -> Response:
    """Turn the authenticator app on, by its first code: the User."""
    done = totp_enrolment.turn_on(
        live_session(), body["code"], secret=body["secret"], makes_codes=False, context=context()
    )
    return renewed(objects.user(done.user), done.token)


@zipline.delete("/user/mfa/totp")
@answers(
    a.User,
    signed_in=True,
    raises=(CodeWrong, TotpIsOff, LastSecondFactor, SessionRequired),
)
@login_required
@limited("60/minute", of_user="30/minute")
@takes(schemas.Code(), example={"code": examples.CODE})
def turn_totp_off(body: Json) -> Json:
    """Turn the authenticator app off, by a code of it: the User."""
    return objects.user(
        totp_enrolment.turn_off(live_session(), code=body["code"], context=context())
    )


@zipline.get("/user/verify/options")
@answers(a.Ways, signed_in=True, raises=(SessionRequired,))
@login_or_enrolment
@limited("120/minute", of_user="60/minute")
def verification_options() -> Json:
    """Return by what you can confirm that it is you (ours): `{options, methods}`.

    `options` are for `navigator.credentials.get()`; null if you have no passkey.
    """
    live, settings = live_session(), service().settings
    ways = step_up.ways(live, settings=settings)
    options = step_up.passkey_options(live, settings=settings) if "passkey" in ways else None
    return {"options": options, "methods": list(ways)}


@zipline.post("/user/verify")
@answers(a.Verified, sets=RENEWED, signed_in=True, raises=(SessionRequired, *IN_PROOF))
@login_or_enrolment
@limited("60/minute", of_user="30/minute")
@takes(schemas.Proof(), example={"code": examples.CODE})
def verify(body: Json) -> Response:
    """Confirm that it is you (ours): `{verified: true}`, and the session goes on."""
    token = step_up.verify(live_session(), schemas.answer(body), context=context())
    return answer({"verified": True}, token=token)
