"""Zipline's errors: {"error": "E1048: ...", "code": 1048, "statusCode": 400}."""

from flask import Response, request
from werkzeug.exceptions import HTTPException

from app import errors
from app.core import account_errors as account
from app.core.mfa import errors as mfa
from app.core.passkeys import PasskeyError, PasskeysDisabled, PasskeyUnknown
from app.core.sessions import SessionError, SessionIsCurrent
from app.core.webauthn import errors as webauthn
from app.errors import AppError
from app.web.context import service
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
    mfa.MfaError: 1000,
    mfa.CodeWrong: 1045,
    mfa.ProofNotTaken: 1045,
    mfa.TotpIsOff: 1053,
    mfa.TotpIsOn: 1069,
    mfa.SecretNotOffered: 1045,
    mfa.StepUpRequired: 3017,
    mfa.SecondFactorRequired: 3018,
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
    mfa.CodeNotTaken: (
        "You have no authenticator app here. Use “Login with passkey”, or type a recovery code;"
        " if you have neither, go to {url}/recover."
    ),
    mfa.SecondFactorRequired: "{} You can do that at {url}/passkeys.",
    webauthn.ChallengeUnknown: (
        "{} They come from GET /api/auth/webauthn/options to sign in,"
        " GET /api/user/mfa/passkey/options to add a passkey."
    ),
}


_WAYS = {
    "passkey": "your passkey",
    "totp": "your password and a code of your authenticator app",
    "recovery": "your password and a recovery code",
    "password": "your password",
}
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


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
    if isinstance(error, mfa.StepUpRequired):
        body["verify"] = {"methods": list(error.methods)}
    if isinstance(error, errors.InvalidInput):
        body["issues"] = [
            {"path": [field], "message": fault} for field, fault in error.fields.items()
        ]
    return json_answer(body, status=error.status)


def _sentence(error: AppError) -> str:
    if isinstance(error, errors.InvalidInput):
        return str(error)
    if isinstance(error, mfa.StepUpRequired):
        return _sign_in_again(error)
    url = service().settings.web_origin + request.script_root
    return nearest(_WORDS, error).format(error.sentence, url=url)


def _sign_in_again(error: mfa.StepUpRequired) -> str:
    """Return what ends the refusal for a client that knows no step-up."""
    named = next((_WAYS[each] for each in error.methods if each in _WAYS), "another way")
    return f"Sign in again with {named}, then retry within {_in_words(error.age)}."


def _in_words(seconds: int) -> str:
    unit, size = next(each for each in _UNITS if seconds % each[1] == 0)
    number = seconds // size
    return f"{number} {unit}{'' if number == 1 else 's'}"
