"""How Zipline spells errors: {"error": "E1048: ...", "code": 1048, "statusCode": 400}."""

from flask import Response
from werkzeug.exceptions import HTTPException

from app import errors
from app.errors import AppError
from app.web.json_provider import json_answer

# Zipline's number for each error. None: Zipline sends {error, statusCode} without a number.
CODES: dict[type[AppError], int | None] = {
    errors.AppError: 6000,
    errors.InvalidInput: 1000,
    errors.MalformedRequest: 1000,
    errors.UnsupportedMediaType: None,
    errors.BodyTooLarge: None,
    errors.CrossSiteRequest: None,
    errors.Throttled: None,
    errors.Unavailable: None,
    errors.NotSignedIn: 2000,
    errors.SessionInvalid: 2001,
    errors.SessionRequired: 2004,
    errors.AccountError: 1000,
    errors.WrongPassword: 1044,
    errors.UsernameTaken: 1039,
    errors.RegistrationClosed: 1037,
    errors.InvitesOff: 1036,
    errors.InviteInvalid: 1035,
    errors.TokenUnreadable: 1000,
    errors.AlreadySetUp: 9001,
    errors.AccountUnknown: None,  # these two are of the commands
    errors.LastAdministrator: None,
    errors.SessionError: 1031,
    errors.SessionUnknown: 1031,
    errors.SessionIsCurrent: 1021,
    errors.PasskeyError: 1049,
    errors.PasskeysDisabled: 9002,
    errors.PasskeyUnknown: 1029,
    errors.TooManyPasskeys: 1049,
    errors.CeremonyError: 1048,
    errors.BrowserUnbound: 1046,
    errors.CredentialMissing: 1047,
    errors.ChallengeUnknown: 1048,
    errors.EnrolmentExpired: 1048,
    errors.SignInUnknown: 1048,
    errors.RegistrationRefused: 1049,
    errors.UserNotVerifiedAtRegistration: 1049,
    errors.CredentialTaken: 1049,
    errors.SignInRefused: 1051,
    errors.UserNotVerified: 1051,
    errors.CounterWentBack: 1051,
    errors.CredentialUnknown: 1052,
}

# Zipline's old clients made their own challenges; this tells them, and whoever writes a client, what to do instead.
_WHERE_OPTIONS_ARE = (
    "They come from GET /api/auth/webauthn/options to sign in,"
    " GET /api/user/mfa/passkey/options to add a passkey."
)


def answer(error: AppError | HTTPException) -> Response:
    """Spell a refusal of ours, or of a route that does not exist, in Zipline's form."""
    if isinstance(error, AppError):
        return _refusal(error)
    status = error.code or 500
    body = {"message": error.description, "error": error.name, "statusCode": status}
    response = json_answer(body, status=status)
    response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    return response


def _refusal(error: AppError) -> Response:
    code = CODES[type(error)]
    if code is None:
        body: dict[str, object] = {"error": error.sentence, "statusCode": error.status}
    else:
        body = {"error": f"E{code}: {_sentence(error)}", "code": code, "statusCode": error.status}
    if isinstance(error, errors.InvalidInput):
        body["issues"] = [
            {"path": [field], "message": fault} for field, fault in error.fields.items()
        ]
    response = json_answer(body, status=error.status)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _sentence(error: AppError) -> str:
    if isinstance(error, errors.InvalidInput):
        return "; ".join(f"{field}: {fault}" for field, fault in error.fields.items())
    if isinstance(error, errors.ChallengeUnknown):
        return f"{error.sentence} {_WHERE_OPTIONS_ARE}"
    return error.sentence
