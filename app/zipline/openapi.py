"""What the documentation says of Zipline's routes."""

from app import errors
from app.openapi.operation import Answered, Operation, gives, parameter
from app.zipline import answers as a

PREFIX = "zipline."
TAG = {
    "name": "Zipline",
    "description": (
        "The JSON API that Zipline's clients speak. The session cookie, or the API token bare in `Authorization`,"
        " says who is asking. An unknown route answers 404, and a method that a route does not have 405, with"
        " `{message, error, statusCode}`."
    ),
}
ERROR = a.Error
SECURITY: list[dict[str, list[str]]] = [{"session": []}, {"token": []}]
COOKIE = "The session: `passline_session`, HttpOnly, SameSite=Lax. It is always a new one."
_DISABLED = (errors.PasskeysDisabled,)
_BROWSER = "What binds the challenge to this browser; it comes with the options."
_USER = {"username": "ada", "password": "correct horse"}

OPERATIONS: dict[str, Operation] = {
    "list_passkeys": Operation(
        answers=gives(a.Passkey(many=True)), signed_in=True, raises=_DISABLED
    ),
    "registration_options": Operation(
        answers=gives(a.CreationOptions, "For `navigator.credentials.create()`."),
        signed_in=True,
        raises=(*_DISABLED, errors.TooManyPasskeys),
    ),
    "add_passkey": Operation(
        answers=gives(a.User),
        signed_in=True,
        sends={"response": a.REGISTRATION, "name": "MacBook Air"},
        raises=(
            *(
                *_DISABLED,
                errors.TooManyPasskeys,
                errors.ChallengeUnknown,
                errors.RegistrationRefused,
            ),
            *(errors.UserNotVerifiedAtRegistration, errors.CredentialTaken),
        ),
    ),
    "rename_passkey": Operation(
        answers=gives(a.User),
        signed_in=True,
        sends={"id": a.ID, "name": "Work laptop"},
        raises=(*_DISABLED, errors.PasskeyUnknown),
    ),
    "delete_passkey": Operation(
        answers=gives(a.User),
        signed_in=True,
        sends={"id": a.ID},
        raises=(*_DISABLED, errors.PasskeyUnknown),
    ),
    "sign_in_options": Operation(
        answers=gives(
            a.SignInOptions,
            "For `navigator.credentials.get()`.",
            sets="`webauthn-challenge-id`, which binds the challenge to this browser.",
        ),
        raises=_DISABLED,
    ),
    "sign_in_by_passkey": Operation(
        answers=gives(a.UserAnswer, sets=COOKIE),
        sends={"response": a.ASSERTION},
        parameters=(parameter("webauthn-challenge-id", "cookie", _BROWSER, a.CHALLENGE),),
        raises=(
            *(*_DISABLED, errors.BrowserUnbound, errors.CredentialMissing, errors.ChallengeUnknown),
            *(
                errors.SignInRefused,
                errors.UserNotVerified,
                errors.CredentialUnknown,
                errors.CounterWentBack,
            ),
        ),
    ),
    "sign_in_by_password": Operation(
        answers=gives(a.UserAnswer, sets=COOKIE), sends=_USER, raises=(errors.WrongPassword,)
    ),
    "register": Operation(
        answers=gives(a.UserAnswer, sets=COOKIE),
        sends=_USER | {"code": "mR3jv0yWq8XkTz5bN1cL7d"},
        raises=(
            errors.RegistrationClosed,
            errors.InvitesOff,
            errors.InviteInvalid,
            errors.UsernameTaken,
        ),
    ),
    "sign_out": Operation(
        answers=gives(a.SignedOut, sets="An empty session, which the browser forgets."),
        signed_in=True,
    ),
    "setup_needed": Operation(answers=gives(a.SetupNeeded), raises=(errors.AlreadySetUp,)),
    "set_up": Operation(
        answers=gives(a.SetUp, sets=COOKIE), sends=_USER, raises=(errors.AlreadySetUp,)
    ),
    "public": Operation(answers=gives(a.Public)),
    "healthcheck": Operation(answers=gives(a.Check)),
    "version": Operation(answers=gives(a.Version), uses_database=False),
    "get_user": Operation(answers=gives(a.UserAnswer), signed_in=True),
    "change_user": Operation(
        answers={
            200: Answered(
                a.UserAnswer(),
                headers={"Set-Cookie": "With a new password, the session that goes on."},
            )
        },
        signed_in=True,
        sends={"username": "ada.lovelace", "view": {"enabled": True, "embedColor": "#0d6a5f"}},
        raises=(errors.UsernameTaken, errors.SessionRequired),
    ),
    "get_token": Operation(
        answers=gives(a.Token), signed_in=True, raises=(errors.TokenUnreadable,)
    ),
    "new_token": Operation(answers=gives(a.NewToken), signed_in=True),
    "list_sessions": Operation(answers=gives(a.Sessions), signed_in=True),
    "end_sessions": Operation(
        answers=gives(a.Sessions),
        signed_in=True,
        sends={"sessionId": a.ID},
        raises=(errors.SessionUnknown, errors.SessionIsCurrent),
    ),
}
