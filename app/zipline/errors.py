"""Zipline's errors: {"error": "E1048: ...", "code": 1048, "statusCode": 400}."""

from flask import Response
from werkzeug.exceptions import HTTPException

from app import errors
from app.core import account_errors as account
from app.core.passkeys import PasskeyError, PasskeysDisabled, PasskeyUnknown
from app.core.sessions import SessionError, SessionIsCurrent
from app.core.webauthn import errors as webauthn
from app.errors import AppError
from app.web.edges import nearest
from app.web.json_provider import json_answer

# Zipline's number for an error and its children. None: send {error, statusCode} only.
CODES: dict[type[AppError], int | None] = {
    AppError: 6000,
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
    account.AccountError: 1000,
    account.WrongPassword: 1044,
    account.UsernameTaken: 1039,
    account.RegistrationClosed: 1037,
    account.InvitesOff: 1036,
    account.InviteInvalid: 1035,
    account.AlreadySetUp: 9001,
    account.SetupCodeNeeded: 9001,
    account.AccountUnknown: None,  # these two are raised by commands
    account.LastAdministrator: None,
    SessionError: 1031,
    SessionIsCurrent: 1021,
    PasskeyError: 1049,
    PasskeysDisabled: 9002,
    PasskeyUnknown: 1029,
    webauthn.CeremonyError: 1048,
    webauthn.BrowserUnbound: 1046,
    webauthn.CredentialMissing: 1047,
    webauthn.RegistrationRefused: 1049,
    webauthn.SignInRefused: 1051,
    webauthn.CredentialUnknown: 1052,
}

# What is sent in addition to or instead of the sentence, which {} stands for: hints for
# Zipline's old clients, which made their own challenges, and for authors of clients.
_WORDS: dict[type[AppError], str] = {
    AppError: "{}",
    webauthn.BrowserUnbound: (
        "The cookie webauthn-challenge-id is missing. Get options from"
        " GET /api/auth/webauthn/options, keep the cookie that comes with them, and start again."
    ),
    webauthn.ChallengeUnknown: (
        "{} They come from GET /api/auth/webauthn/options to sign in,"
        " GET /api/user/mfa/passkey/options to add a passkey."
    ),
}


def answer(error: AppError | HTTPException) -> Response:
    """Return an error, ours or the router's, in Zipline's form."""
    if isinstance(error, AppError):
        return _refusal(error)
    status = error.code or 500
    body = {"message": error.description, "error": error.name, "statusCode": status}
    return json_answer(body, status=status)


def _refusal(error: AppError) -> Response:
    code = nearest(CODES, error)
    if code is None:
        body: dict[str, object] = {"error": error.sentence, "statusCode": error.status}
    else:
        sentence = _sentence(error)
        body = {"error": f"E{code}: {sentence}", "code": code, "statusCode": error.status}
    if isinstance(error, errors.InvalidInput):
        body["issues"] = [
            {"path": [field], "message": fault} for field, fault in error.fields.items()
        ]
    return json_answer(body, status=error.status)


def _sentence(error: AppError) -> str:
    if isinstance(error, errors.InvalidInput):
        return str(error)
    return nearest(_WORDS, error).format(error.sentence)
