"""/api/user/mfa/passkey: the user's passkeys."""

from typing import Any

from flask import Response

from app.core import passkeys, registration
from app.core.mfa.errors import LastSecondFactor, LastWayIn
from app.core.passkeys import PasskeysDisabled, PasskeyUnknown, TooManyPasskeys
from app.describe import examples
from app.describe.operation import RENEWED, answers
from app.describe.refusals import IN_REGISTRATION, STEP_UP
from app.web.access import login_or_enrolment, login_required
from app.web.bodies import takes
from app.web.context import context, service
from app.web.cookies import renewed
from app.web.identity import visitor
from app.web.rate_limits import limited
from app.zipline import answers as a
from app.zipline import objects, schemas
from app.zipline.blueprint import zipline

Json = dict[str, Any]


@zipline.get("/user/mfa/passkey")
@answers([a.Passkey], signed_in=True, raises=(PasskeysDisabled,))
@login_or_enrolment
def list_passkeys() -> list[Json]:
    """List the passkeys, oldest first."""
    passkeys.require_enabled(service().settings)
    return objects.passkey_list(visitor().user)


@zipline.get("/user/mfa/passkey/options")
@answers(
    a.CreationOptions,
    words="For `navigator.credentials.create()`.",
    signed_in=True,
    raises=(PasskeysDisabled, TooManyPasskeys),
)
@login_or_enrolment
@limited("120/minute", of_user="60/minute")
def registration_options() -> Json:
    """Start a registration: PublicKeyCredentialCreationOptionsJSON, with a new
    challenge each time.
    """
    return registration.begin(visitor().user, guarded=False, context=context())


@zipline.post("/user/mfa/passkey")
@answers(
    a.User,
    sets=RENEWED,
    signed_in=True,
    raises=(PasskeysDisabled, TooManyPasskeys, *STEP_UP, *IN_REGISTRATION),
)
@login_or_enrolment
@limited("120/minute", of_user="60/minute")
@takes(schemas.Registration(), example={"response": examples.REGISTRATION, "name": "MacBook Air"})
def add_passkey(body: Json) -> Response:
    """Finish a registration: the User, with the new passkey in it."""
    user, credential = visitor().user, body["response"] or body["reg"]
    added = registration.finish(user, credential, body["name"], context=context())
    return renewed(objects.user(added.user), added.token)


@zipline.patch("/user/mfa/passkey")
@answers(a.User, signed_in=True, raises=(PasskeysDisabled, PasskeyUnknown))
@login_required
@limited("120/minute", of_user="60/minute")
@takes(schemas.Renaming(), example={"id": examples.ID, "name": "Work laptop"})
def rename_passkey(body: Json) -> Json:
    """Rename a passkey (ours, Zipline has no such route): the User."""
    passkeys.require_enabled(service().settings)
    renamed = passkeys.rename(visitor().user, body["id"], body["name"], context=context())
    return objects.user(renamed)


@zipline.delete("/user/mfa/passkey")
@answers(
    a.User,
    signed_in=True,
    raises=(PasskeysDisabled, PasskeyUnknown, LastWayIn, LastSecondFactor, *STEP_UP),
)
@login_required
@limited("120/minute", of_user="60/minute")
@takes(schemas.Deletion(), example={"id": examples.ID})
def delete_passkey(body: Json) -> Json:
    """Delete a passkey: the User, without it."""
    passkeys.require_enabled(service().settings)
    deleted = passkeys.delete(visitor().user, body["id"], context=context())
    return objects.user(deleted.user)
