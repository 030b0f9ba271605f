"""How Clerk spells errors: {"errors": [{code, message, long_message, meta?}], "clerk_trace_id"}.

Never 401 for a verification that fails: the SDK would reload its client and sign the page out.
"""

import secrets
from typing import NamedTuple

from flask import Response, request
from werkzeug.exceptions import HTTPException

from app import errors
from app.clerk.schemas import NOT_ONE_OF
from app.errors import AppError
from app.web.bodies import MISSING
from app.web.json_provider import json_answer


class Spelling(NamedTuple):
    """Clerk's code and status for an error; `parameter` names the form field that it is about."""

    code: str
    status: int
    parameter: str = ""


_SESSION = Spelling("authentication_invalid", 401)
_REFUSED = Spelling("passkey_registration_failed", 422, "public_key_credential")
_SIGN_IN = Spelling("passkey_retrieval_failed", 422, "public_key_credential")
_NOT_ALLOWED = Spelling("passkey_registration_not_allowed", 403)

SPELLINGS: dict[type[AppError], Spelling] = {
    errors.AppError: Spelling("internal_clerk_error", 500),
    errors.InvalidInput: Spelling("form_param_format_invalid", 422),
    errors.MalformedRequest: Spelling("malformed_request_parameters", 400),
    errors.UnsupportedMediaType: Spelling("unsupported_content_type", 415),
    errors.BodyTooLarge: Spelling("request_body_too_large", 413),
    errors.CrossSiteRequest: Spelling("origin_invalid", 403),
    errors.Throttled: Spelling("too_many_requests", 429),
    errors.Unavailable: Spelling("service_unavailable", 503),
    errors.NotSignedIn: _SESSION,
    errors.SessionInvalid: Spelling("session_not_found", 401),
    errors.SessionRequired: _SESSION,
    errors.AccountError: Spelling("authorization_invalid", 403),
    errors.WrongPassword: Spelling("form_password_incorrect", 422, "password"),
    errors.UsernameTaken: Spelling("form_identifier_exists", 422, "username"),
    errors.RegistrationClosed: Spelling("sign_up_mode_restricted", 403),
    errors.InvitesOff: Spelling("sign_up_mode_restricted", 403),
    errors.InviteInvalid: Spelling("invitation_invalid", 422),
    errors.TokenUnreadable: Spelling("authorization_invalid", 403),
    errors.AlreadySetUp: Spelling("authorization_invalid", 403),
    errors.AccountUnknown: Spelling("resource_not_found", 404),
    errors.LastAdministrator: Spelling("authorization_invalid", 403),
    errors.SessionError: Spelling("resource_not_found", 404),
    errors.SessionUnknown: Spelling("resource_not_found", 404),
    errors.SessionIsCurrent: Spelling("authorization_invalid", 403),
    errors.PasskeyError: _NOT_ALLOWED,
    errors.PasskeysDisabled: _NOT_ALLOWED,
    errors.PasskeyUnknown: Spelling("resource_not_found", 404),
    errors.TooManyPasskeys: _NOT_ALLOWED,
    errors.CeremonyError: Spelling("verification_failed", 400),
    errors.BrowserUnbound: Spelling("verification_failed", 400),
    errors.CredentialMissing: Spelling("form_param_missing", 422, "public_key_credential"),
    errors.ChallengeUnknown: Spelling("verification_failed", 400),
    errors.EnrolmentExpired: Spelling("verification_expired", 400),
    errors.SignInUnknown: Spelling("resource_not_found", 404),
    errors.RegistrationRefused: _REFUSED,
    errors.UserNotVerifiedAtRegistration: _REFUSED,
    errors.CredentialTaken: Spelling("passkey_already_exists", 422, "public_key_credential"),
    errors.SignInRefused: _SIGN_IN,
    errors.UserNotVerified: _SIGN_IN,
    errors.CounterWentBack: _SIGN_IN,
    errors.CredentialUnknown: Spelling("passkey_not_registered", 422, "public_key_credential"),
}


def answer(error: AppError | HTTPException) -> Response:
    """Spell a refusal of ours, or of a route that does not exist, in Clerk's form."""
    if isinstance(error, HTTPException):
        status = error.code or 500
        code = {404: "resource_not_found", 405: "method_not_allowed"}.get(status, "bad_request")
        response = _answer(status, [_entry(code, error.name, error.description or error.name)])
        response.headers.extend(
            (name, value) for name, value in error.get_headers() if name == "Allow"
        )
        return response
    code, status, parameter = SPELLINGS[type(error)]
    if isinstance(error, errors.InvalidInput):
        return _answer(status, [_field(name, fault) for name, fault in error.fields.items()])
    if status == 400 and request.method == "PATCH":
        status = 422  # Clerk documents no 400 there: a body that cannot be read is a parameter that is wrong
    response = _answer(
        status, [_entry(code, error.sentence.partition(". ")[0], error.sentence, parameter)]
    )
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _field(name: str, fault: str) -> dict[str, object]:
    if fault == MISSING:
        return _entry("form_param_missing", "is missing", f"{name} must be included.", name)
    kind = "value" if fault.startswith(NOT_ONE_OF) else "format"
    return _entry(f"form_param_{kind}_invalid", "is invalid", fault, name)


def _entry(code: str, message: str, long_message: str, parameter: str = "") -> dict[str, object]:
    entry: dict[str, object] = {"code": code, "message": message, "long_message": long_message}
    return entry | {"meta": {"param_name": parameter}} if parameter else entry | {"meta": {}}


def _answer(status: int, entries: list[dict[str, object]]) -> Response:
    return json_answer({"errors": entries, "clerk_trace_id": secrets.token_hex(16)}, status=status)
