"""/v1/me/passkeys: the five operations on passkeys, finished or in progress."""

from typing import Any

from flask import Response

from app.clerk import answers as a
from app.clerk import asking, objects, schemas, users
from app.clerk.answers import ANSWER, NAMED
from app.clerk.blueprint import clerk
from app.clerk.credentials import parsed
from app.core import enrolments, passkeys
from app.core.enrolments import EnrolmentExpired
from app.core.mfa.errors import LastSecondFactor, LastWayIn, SecondFactorRequired
from app.core.passkeys import PasskeysDisabled, PasskeyUnknown, TooManyPasskeys
from app.describe.operation import RENEWED, answers, parameter
from app.describe.refusals import IN_REGISTRATION, STEP_UP
from app.storage.records import PasskeyRecord, UserRecord
from app.web.bodies import takes
from app.web.context import context
from app.web.rate_limits import limited

Json = dict[str, Any]

_PREFIX = "idn_"
_ID = parameter("passkey_id", "path", "A passkey of yours, finished or not.", a.PASSKEY)


def _own(passkey_id: str) -> tuple[UserRecord, str]:
    """Return the caller, and the id without its prefix.

    Raises `PasskeyUnknown` for an id in another form.
    """
    user = asking.required().user
    if not passkey_id.startswith(_PREFIX):
        raise PasskeyUnknown
    return user, passkey_id.removeprefix(_PREFIX)


def _show(user: UserRecord, own_id: str) -> Json:
    return objects.wrapped(users.any_passkey(passkeys.any_of(user, own_id)))


@clerk.post("/v1/me/passkeys")
@answers(
    a.PasskeyAnswer,
    words="The passkey, unverified; its nonce is for `navigator.credentials.create()`.",
    signed_in=True,
    parameters=(NAMED,),
    raises=(PasskeysDisabled, TooManyPasskeys, *STEP_UP),
)
@asking.enrolling
@limited("120/minute", of_user="60/minute")
def create_passkey() -> Json:
    """Begin a passkey: it is unverified, and its nonce holds the creation options.

    No body is read.
    """
    begun = enrolments.begin(asking.required().user, context=context())
    return objects.wrapped(users.unfinished_passkey(begun))


@clerk.get("/v1/me/passkeys/<passkey_id>")
@answers(a.PasskeyAnswer, signed_in=True, parameters=(_ID, NAMED), raises=(PasskeyUnknown,))
@asking.enrolling
def get_passkey(passkey_id: str) -> Json:
    """Return a passkey, finished or not."""
    return _show(*_own(passkey_id))


@clerk.patch("/v1/me/passkeys/<passkey_id>")
@answers(a.PasskeyAnswer, signed_in=True, parameters=(_ID, NAMED), raises=(PasskeyUnknown,))
@limited("120/minute", of_user="60/minute")
@takes(schemas.Naming(), example={"name": "Work laptop"}, forms=True)
def update_passkey(body: Json, passkey_id: str) -> Json:
    """Rename a passkey; an empty name, or none, brings back the default one."""
    user, own_id = _own(passkey_id)
    name = body["name"] or None
    if isinstance(passkeys.any_of(user, own_id), PasskeyRecord):
        passkeys.rename(user, own_id, name, context=context())
    else:
        enrolments.rename(user, own_id, name, context=context())
    asking.look_again()
    return _show(user, own_id)


@clerk.delete("/v1/me/passkeys/<passkey_id>")
@answers(
    a.DeletedAnswer,
    signed_in=True,
    parameters=(_ID, NAMED),
    raises=(PasskeyUnknown, LastWayIn, LastSecondFactor, SecondFactorRequired, *STEP_UP),
)
@asking.enrolling
@limited("120/minute", of_user="60/minute")
def delete_passkey(passkey_id: str) -> Json:
    """Delete a passkey, finished or not; who only enrols, an unfinished one."""
    user, own_id = _own(passkey_id)
    if isinstance(passkeys.any_of(user, own_id), PasskeyRecord):
        passkeys.delete(user, own_id, context=context())
    else:
        enrolments.delete(user, own_id, context=context())
    asking.look_again()
    return objects.wrapped({"object": "passkey", "id": passkey_id, "deleted": True})


@clerk.post("/v1/me/passkeys/<passkey_id>/attempt_verification")
@answers(
    a.PasskeyAnswer,
    words="The passkey, verified.",
    sets=RENEWED,
    signed_in=True,
    parameters=(_ID, NAMED),
    raises=(
        *(PasskeysDisabled, PasskeyUnknown, TooManyPasskeys, EnrolmentExpired),
        *(*IN_REGISTRATION, *STEP_UP),
    ),
)
@asking.enrolling
@limited("120/minute", of_user="60/minute")
@takes(schemas.Verification(), example=ANSWER, forms=True)
def attempt_verification(body: Json, passkey_id: str) -> Response:
    """Finish a passkey by the browser's response, JSON in a string."""
    user, own_id = _own(passkey_id)
    credential = parsed(body["public_key_credential"])
    done = enrolments.finish(user, own_id, credential, context=context())
    asking.look_again(done.token)
    return asking.renewed(objects.wrapped(users.passkey(done.passkey)), done.token)
