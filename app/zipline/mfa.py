"""/api/user/mfa/passkey: a person's passkeys."""

from typing import Any

from flask_login import login_required

from app.core import passkeys
from app.web.bodies import takes
from app.web.login import caller, service, visitor
from app.web.rate_limits import limited
from app.zipline import objects, schemas
from app.zipline.blueprint import zipline


@zipline.get("/user/mfa/passkey")
@login_required
def list_passkeys() -> list[dict[str, Any]]:
    """List the passkeys, oldest first."""
    passkeys.require_enabled(service().settings)
    return objects.passkey_list(visitor().user)


@zipline.get("/user/mfa/passkey/options")
@login_required
@limited("60/minute")
def registration_options() -> dict[str, Any]:
    """Start a registration: PublicKeyCredentialCreationOptionsJSON, with a new challenge each time."""
    return passkeys.begin_registration(visitor().user, settings=service().settings)


@zipline.post("/user/mfa/passkey")
@login_required
@limited("60/minute")
@takes(schemas.Registration())
def add_passkey(body: dict[str, Any]) -> dict[str, Any]:
    """Finish a registration: the User, with the new passkey in it."""
    user, credential = visitor().user, body["response"] or body["reg"]
    passkeys.finish_registration(
        user, credential, body["name"], caller=caller(), settings=service().settings
    )
    return objects.user(user)


@zipline.patch("/user/mfa/passkey")
@login_required
@takes(schemas.Renaming())
def rename_passkey(body: dict[str, Any]) -> dict[str, Any]:
    """Rename a passkey (ours, Zipline has no such route): the User."""
    passkeys.require_enabled(service().settings)
    user = visitor().user
    passkeys.rename(user, body["id"], body["name"], caller=caller())
    return objects.user(user)


@zipline.delete("/user/mfa/passkey")
@login_required
@takes(schemas.Deletion())
def delete_passkey(body: dict[str, Any]) -> dict[str, Any]:
    """Delete a passkey: the User, without it."""
    passkeys.require_enabled(service().settings)
    user = visitor().user
    passkeys.delete(user, body["id"], caller=caller())
    return objects.user(user)
