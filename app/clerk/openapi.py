"""What the documentation says of Clerk's routes."""

import orjson

from app import errors
from app.clerk import answers as a
from app.clerk.environment_shape import Environment
from app.openapi.operation import Operation, Parameter, gives, parameter

PREFIX = "clerk."
TAG = {
    "name": "Clerk",
    "description": (
        "Clerk's Frontend API, as its browser SDK speaks it. Bodies are forms or JSON. PATCH and DELETE may come as"
        " POST with `_method=PATCH` or `_method=DELETE` in the query. With `_is_native=1` in the query the session's"
        " token is sent in `Authorization`, comes back there, and no cookie counts. An unknown route answers 404, and a"
        " method that a route does not have 405, in the same form as other errors."
    ),
}
ERROR = a.Error
SECURITY: list[dict[str, list[str]]] = [{"session": []}, {"client": []}]
COOKIE = "The session: `passline_session`, HttpOnly, SameSite=Lax; `__client`, which bound the sign-in, goes."
_BINDS = "`__client`, which binds the sign-in to this browser."
_GONE = "An empty session, which the browser forgets."
_NAMED = parameter(
    "_clerk_session_id", "query", "The session meant; it must be this client's.", a.SESSION
)
_ID: dict[str, Parameter] = {
    "passkey": parameter("passkey_id", "path", "A passkey of yours, finished or not.", a.PASSKEY),
    "session": parameter("session_id", "path", "A session's id.", a.SESSION),
    "sign_in": parameter("sign_in_id", "path", "The sign-in under way in this browser.", a.SIGN_IN),
}
_CREDENTIAL = orjson.dumps(
    {
        "id": "gkJ6wLrWQdmAwF-Dn2kXbg",
        "rawId": "gkJ6wLrWQdmAwF-Dn2kXbg",
        "type": "public-key",
        "response": {
            "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0",
            "attestationObject": "o2NmbXRkbm9uZQ",
        },
    }
).decode()
_ANSWER = {"strategy": "passkey", "public_key_credential": _CREDENTIAL}
_DISABLED = (errors.PasskeysDisabled,)
_REGISTRATION = (
    *(errors.EnrolmentExpired, errors.ChallengeUnknown, errors.RegistrationRefused),
    *(errors.UserNotVerifiedAtRegistration, errors.CredentialTaken),
)
_AUTHENTICATION = (
    *(errors.CredentialMissing, errors.ChallengeUnknown, errors.SignInRefused),
    *(errors.UserNotVerified, errors.CredentialUnknown, errors.CounterWentBack),
)

OPERATIONS: dict[str, Operation] = {
    "create_passkey": Operation(
        answers=gives(
            a.PasskeyAnswer,
            "The passkey, unverified; its nonce is for `navigator.credentials.create()`.",
        ),
        signed_in=True,
        parameters=(_NAMED,),
        raises=(*_DISABLED, errors.TooManyPasskeys),
    ),
    "get_passkey": Operation(
        answers=gives(a.PasskeyAnswer),
        signed_in=True,
        parameters=(_ID["passkey"], _NAMED),
        raises=(errors.PasskeyUnknown,),
    ),
    "update_passkey": Operation(
        answers=gives(a.PasskeyAnswer),
        signed_in=True,
        sends={"name": "Work laptop"},
        parameters=(_ID["passkey"], _NAMED),
        raises=(errors.PasskeyUnknown,),
    ),
    "delete_passkey": Operation(
        answers=gives(a.DeletedAnswer),
        signed_in=True,
        parameters=(_ID["passkey"], _NAMED),
        raises=(errors.PasskeyUnknown,),
    ),
    "attempt_verification": Operation(
        answers=gives(a.PasskeyAnswer, "The passkey, verified."),
        signed_in=True,
        sends=_ANSWER,
        parameters=(_ID["passkey"], _NAMED),
        raises=(*_DISABLED, errors.PasskeyUnknown, errors.TooManyPasskeys, *_REGISTRATION),
    ),
    "create_sign_in": Operation(
        answers=gives(a.SignInAnswer, sets=_BINDS),
        sends={"strategy": "passkey", "identifier": "ada"},
        raises=(*_DISABLED, errors.WrongPassword),
    ),
    "get_sign_in": Operation(
        answers=gives(a.SignInAnswer), parameters=(_ID["sign_in"],), raises=(errors.SignInUnknown,)
    ),
    "prepare_first_factor": Operation(
        answers=gives(a.SignInAnswer, sets=_BINDS),
        sends={"strategy": "passkey"},
        parameters=(_ID["sign_in"],),
        raises=(*_DISABLED, errors.SignInUnknown),
    ),
    "attempt_first_factor": Operation(
        answers=gives(a.SignInAnswer, "The sign-in, complete.", sets=COOKIE),
        sends=_ANSWER,
        parameters=(_ID["sign_in"],),
        raises=(*_DISABLED, errors.SignInUnknown, errors.WrongPassword, *_AUTHENTICATION),
    ),
    "get_environment": Operation(answers=gives(Environment), uses_database=False),
    "get_client": Operation(answers=gives(a.ClientAnswer, "Null when nobody is signed in.")),
    "dev_browser": Operation(
        answers=gives(a.DevBrowser, "For test keys only."),
        raises=(errors.SessionUnknown,),
        uses_database=False,
    ),
    "touch": Operation(
        answers=gives(a.SessionAnswer),
        signed_in=True,
        parameters=(_ID["session"],),
        raises=(errors.SessionUnknown,),
    ),
    "end_session": Operation(
        answers=gives(a.SessionAnswer, sets=_GONE),
        signed_in=True,
        parameters=(_ID["session"],),
        raises=(errors.SessionUnknown,),
    ),
    "end_sessions": Operation(answers=gives(a.SignedOutAnswer, sets=_GONE)),
    "session_token": Operation(
        answers=gives(a.Token),
        signed_in=True,
        parameters=(_ID["session"],),
        raises=(errors.SessionUnknown,),
    ),
    "jwks": Operation(answers=gives(a.Keys)),
    "me": Operation(answers=gives(a.UserAnswer), signed_in=True, parameters=(_NAMED,)),
    "my_sessions": Operation(
        answers=gives(a.SessionWithActivity(many=True)), signed_in=True, parameters=(_NAMED,)
    ),
    "revoke": Operation(
        answers=gives(a.RevokedAnswer),
        signed_in=True,
        parameters=(_ID["session"], _NAMED),
        raises=(errors.SessionUnknown, errors.SessionIsCurrent),
    ),
}
