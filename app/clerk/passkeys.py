"""/v1/me/passkeys: the five operations, on finished passkeys and on those under way."""

from typing import Any

import orjson

from app.clerk import asking, objects, schemas, users
from app.clerk.blueprint import clerk
from app.core import enrolments, passkeys
from app.errors import InvalidInput, PasskeyUnknown
from app.storage.records import UserRecord
from app.web.bodies import takes, too_deep
from app.web.login import caller, service
from app.web.rate_limits import limited

_PREFIX = "idn_"


def _own(passkey_id: str) -> tuple[UserRecord, str]:
    """Give who asks and the id without its prefix; raises `PasskeyUnknown` for an id of another form."""
    user = asking.required().user
    if not passkey_id.startswith(_PREFIX):
        raise PasskeyUnknown
    return user, passkey_id.removeprefix(_PREFIX)


def _show(user: UserRecord, own_id: str) -> dict[str, Any]:
    try:
        return objects.wrapped(users.passkey(passkeys.find(user, own_id)))
    except PasskeyUnknown:
        return objects.wrapped(users.unfinished_passkey(enrolments.find(user, own_id)))


@clerk.post("/v1/me/passkeys")
@limited("60/minute")
def create_passkey() -> dict[str, Any]:
    """Begin a passkey: it is unverified, and its nonce holds the creation options. No body is read."""
    user = asking.required().user
    return objects.wrapped(
        users.unfinished_passkey(enrolments.begin(user, settings=service().settings))
    )


@clerk.get("/v1/me/passkeys/<passkey_id>")
def get_passkey(passkey_id: str) -> dict[str, Any]:
    """Give a passkey, finished or not."""
    return _show(*_own(passkey_id))


@clerk.patch("/v1/me/passkeys/<passkey_id>")
@takes(schemas.Naming(), forms=True)
def update_passkey(body: dict[str, Any], passkey_id: str) -> dict[str, Any]:
    """Rename a passkey; an empty name, or none, brings back the default one."""
    user, own_id = _own(passkey_id)
    name = body["name"] or None
    try:
        passkeys.rename(user, own_id, name, caller=caller())
    except PasskeyUnknown:
        enrolments.rename(user, own_id, name)
    asking.look_again()
    return _show(user, own_id)


@clerk.delete("/v1/me/passkeys/<passkey_id>")
def delete_passkey(passkey_id: str) -> dict[str, Any]:
    """Delete a passkey, finished or not."""
    user, own_id = _own(passkey_id)
    try:
        passkeys.delete(user, own_id, caller=caller())
    except PasskeyUnknown:
        enrolments.delete(user, own_id)
    asking.look_again()
    return objects.wrapped({"object": "passkey", "id": passkey_id, "deleted": True})


@clerk.post("/v1/me/passkeys/<passkey_id>/attempt_verification")
@limited("60/minute")
@takes(schemas.Verification(), forms=True)
def attempt_verification(body: dict[str, Any], passkey_id: str) -> dict[str, Any]:
    """Finish a passkey by the browser's response, JSON in a string."""
    user, own_id = _own(passkey_id)
    credential = parsed(body["public_key_credential"])
    done = enrolments.finish(user, own_id, credential, caller=caller(), settings=service().settings)
    asking.look_again()
    return objects.wrapped(users.passkey(done))


def parsed(credential: str) -> Any:
    """Read a credential's JSON text; raises `InvalidInput`. What it says is for the core to judge."""
    try:
        raw = credential.encode()
        value = orjson.loads(raw)
    except ValueError as error:
        raise InvalidInput(public_key_credential="Send the browser's response as JSON.") from error
    # No browser nests as deeply as that: to the core it says nothing.
    return None if too_deep(raw, value) else value
