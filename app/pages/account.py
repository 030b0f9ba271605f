"""The page of the user's passkeys, and the routes that it calls."""

from typing import Any

from flask import Response

from app.core import passkeys as core_passkeys
from app.core import registration
from app.core.mfa.errors import LastSecondFactor, LastWayIn
from app.core.passkeys import PasskeysDisabled, PasskeyUnknown, TooManyPasskeys
from app.describe import examples
from app.describe.operation import RENEWED, answers, parameter
from app.describe.refusals import IN_REGISTRATION, STEP_UP
from app.errors import SessionRequired
from app.pages import answers as a
from app.pages import objects, schemas
from app.pages.blueprints import account, pages
from app.pages.rendering import leads, page, personal
from app.web.access import login_or_enrolment, login_required
from app.web.bodies import takes
from app.web.context import context, service
from app.web.cookies import renewed
from app.web.identity import live_session
from app.web.rate_limits import limited

Json = dict[str, Any]

_ID = parameter("passkey_id", "path", "A passkey of yours.", examples.ID)


@pages.get("/passkeys")
@answers(page("Your passkeys · Passline"), leads("/login?next=/passkeys", "Nobody is signed in."))
@login_or_enrolment
def passkeys() -> str:
    """The page where people manage their passkeys."""
    return personal("passkeys.html")


@account.get("/passkeys")
@answers(a.Passkeys, signed_in=True, raises=(SessionRequired, PasskeysDisabled))
@login_or_enrolment
def list_passkeys() -> Json:
    """List your passkeys: `{user, passkeys}`."""
    core_passkeys.require_enabled(service().settings)
    return objects.passkey_list(live_session().user)


@account.get("/passkeys/options")
@answers(
    a.CreationOptions,
    words="For `navigator.credentials.create()`.",
    signed_in=True,
    raises=(PasskeysDisabled, TooManyPasskeys, *STEP_UP),
)
@login_or_enrolment
@limited("120/minute", of_user="60/minute")
def registration_options() -> Json:
    """Start a registration: `{user, options}`, with a new challenge each time."""
    user = live_session().user
    options = registration.begin(user, guarded=True, context=context())
    return {"user": objects.user(user), "options": options}


@account.post("/passkeys")
@answers(
    a.Passkeys,
    sets=RENEWED,
    signed_in=True,
    raises=(PasskeysDisabled, TooManyPasskeys, *STEP_UP, *IN_REGISTRATION),
)
@login_or_enrolment
@limited("120/minute", of_user="60/minute")
@takes(schemas.Passkey(), example={"response": examples.REGISTRATION, "name": "MacBook Air"})
def add_passkey(body: Json) -> Response:
    """Finish a registration: `{user, passkeys}`, with the new passkey in the list."""
    user = live_session().user
    added = registration.finish(user, body["response"], body["name"], context=context())
    return renewed(objects.passkey_list(added.user), added.token)


@account.patch("/passkeys/<passkey_id>")
@answers(
    a.Passkeys,
    signed_in=True,
    parameters=(_ID,),
    raises=(SessionRequired, PasskeysDisabled, PasskeyUnknown),
)
@login_required
@limited("120/minute", of_user="60/minute")
@takes(schemas.Name(), example={"name": "Work laptop"})
def rename_passkey(body: Json, passkey_id: str) -> Json:
    """Rename a passkey: `{user, passkeys}`."""
    core_passkeys.require_enabled(service().settings)
    user = live_session().user
    renamed = core_passkeys.rename(user, passkey_id, body["name"], context=context())
    return objects.passkey_list(renamed)


@account.delete("/passkeys/<passkey_id>")
@answers(
    a.WithoutPasskey,
    signed_in=True,
    parameters=(_ID,),
    raises=(PasskeysDisabled, PasskeyUnknown, LastWayIn, LastSecondFactor, *STEP_UP),
)
@login_required
@limited("120/minute", of_user="60/minute")
def delete_passkey(passkey_id: str) -> Json:
    """Delete a passkey: `{user, passkeys, ended_sessions}`, without it, and how many
    other sessions that it began have ended.
    """
    core_passkeys.require_enabled(service().settings)
    user, ended = core_passkeys.delete(live_session().user, passkey_id, context=context())
    return objects.passkey_list(user) | {"ended_sessions": ended}
