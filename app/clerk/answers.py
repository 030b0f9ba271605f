"""The shapes of Clerk's answers, and examples of requests, for the documentation."""

import orjson

from app.clerk.shapes import PASSKEY as PASSKEY
from app.clerk.shapes import (
    SESSION,
    TOTP,
    BackupCodes,
    Client,
    Passkey,
    Reverification,
    Session,
    SignIn,
    Totp,
    User,
    shape,
)
from app.clerk.shapes import SIGN_IN as SIGN_IN
from app.clerk.shapes import SessionWithActivity as SessionWithActivity
from app.describe.examples import CHALLENGE, CREDENTIAL_ID, ID
from app.describe.operation import parameter
from app.describe.shapes import Shape, brief, described, one_of, or_null, random

_Deleted = shape("DeletedPasskey", object=one_of("passkey"), id=PASSKEY, deleted=True)


def _wrapped(response: Shape, name: str, *, signed_in: bool = True) -> Shape:
    return shape(
        f"{name}Answer", response=response, client=Client if signed_in else brief(or_null(Client))
    )


PasskeyAnswer = _wrapped(Passkey, "Passkey")
DeletedAnswer = _wrapped(_Deleted, "DeletedPasskey")
TotpAnswer = _wrapped(Totp, "Totp")
_DeletedTotp = shape("DeletedTotp", object=one_of("totp"), id=TOTP, deleted=True)
DeletedTotpAnswer = _wrapped(_DeletedTotp, "DeletedTotp")
BackupCodesAnswer = _wrapped(BackupCodes, "BackupCodes")
ReverificationAnswer = _wrapped(Reverification, "SessionReverification")
UserAnswer = _wrapped(User, "User")
SessionAnswer = _wrapped(Session, "Session")
RevokedAnswer = _wrapped(SessionWithActivity, "RevokedSession")
SignInAnswer = _wrapped(SignIn, "SignIn", signed_in=False)
ClientAnswer = shape("ClientAnswer", response=or_null(Client), client=None)
SignedOutAnswer = shape("SignedOutAnswer", response=brief(or_null(Client)), client=None)
Token = shape(
    "Token",
    object=one_of("token"),
    jwt="eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyX2NtM3N4MnY5In0.c2lnbmF0dXJl",
)
DevBrowser = shape("DevBrowser", object=one_of("dev_browser"), id=CHALLENGE)
_Key = shape(
    "Key",
    kty=one_of("RSA"),
    n="sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri",
    e="AQAB",
    kid=ID,
    alg="RS256",
    use="sig",
)
Keys = shape("Keys", keys=[_Key])

_ErrorEntry = shape(
    "ErrorEntry",
    code="resource_not_found",
    message="You have no passkey with this id",
    long_message=described("You have no passkey with this id.", "For people."),
    meta=described({"param_name": "name"}, "Which field it is about, where it is about one."),
)
Error = shape("Error", errors=[_ErrorEntry], clerk_trace_id=random("0123456789abcdef" * 2))

Environment = shape(
    "Environment",
    object=one_of("environment"),
    id="environment_passline",
    auth_config={"object": "auth_config", "single_session_mode": True},
    display_config=described(
        {
            "object": "display_config",
            "application_name": "Passline",
            "preferred_sign_in_strategy": "password",
        },
        "Names and addresses.",
    ),
    user_settings=described(
        {"passkey_settings": {"allow_autofill": True}}, "What accounts have, and how they sign in."
    ),
    organization_settings={"enabled": False},
    maintenance_mode=False,
    client_debug_mode=False,
)

NAMED = parameter(
    "_clerk_session_id", "query", "The session meant; it must be this client's.", SESSION
)
VERSION = parameter(
    "__clerk_api_version",
    "query",
    "From 2026-08-20 on, passkeys are second factors, too.",
    "2026-08-20",
)
SESSION_ID = parameter("session_id", "path", "A session's id.", SESSION)
_CREDENTIAL = {
    "id": CREDENTIAL_ID,
    "rawId": CREDENTIAL_ID,
    "type": "public-key",
    "response": {
        "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0",
        "attestationObject": "o2NmbXRkbm9uZQ",
    },
}
ANSWER = {
    "strategy": "passkey",
    "public_key_credential": orjson.dumps(_CREDENTIAL).decode(),
}
