"""Clerk's errors: {"errors": [{code, message, long_message, meta}], "clerk_trace_id"}.

A failed verification is never 401: the SDK would reload its client and sign out.
"""

import secrets
from typing import NamedTuple

from flask import Response, request, url_for
from werkzeug.exceptions import HTTPException

from app import errors
from app.clerk.schemas import NOT_ONE_OF
from app.core import account_errors as account
from app.core import password_policy as policy
from app.core.enrolments import EnrolmentExpired
from app.core.mfa import errors as mfa
from app.core.passkeys import PasskeyError, PasskeyUnknown
from app.core.sessions import SessionError, SessionIsCurrent
from app.core.sign_in_attempts import SignInUnknown
from app.core.webauthn import errors as webauthn
from app.errors import AppError, InvalidInput
from app.web.bodies import MISSING
from app.web.context import service
from app.web.edges import nearest
from app.web.json_provider import json_answer


class Spelling(NamedTuple):
    """Clerk's code and status for an error; `parameter` is the form field at fault."""

    code: str
    status: int
    parameter: str = ""


class PasskeyInstead(account.AccountError):
    """The second factors of the account are none that this client knows."""

    code = "passkey_instead"
    sentence = "Sign in with your passkey instead."


class PasswordToo(webauthn.SignInRefused):
    """Likewise, after a passkey that did not verify its user."""

    code = "password_too"
    sentence = "This server asks for your password, too."


class CurrentPasswordWrong(account.WrongPassword):
    """The password in force, beside a new one, is wrong."""

    code = "current_password_wrong"
    sentence = "This is not your current password."


def second_step_elsewhere(ways: tuple[str, ...]) -> AppError:
    """Return the refusal of a sign-in that only our own pages can finish."""
    origin = service().settings.web_origin
    if "password" in ways:
        return PasswordToo(f"{PasswordToo.sentence} Sign in at {origin}{url_for('pages.login')}.")
    address = f"{origin}{url_for('pages.recover')}"
    return PasskeyInstead(f"{PasskeyInstead.sentence} If you have lost it, go to {address}.")


_SESSION = Spelling("authentication_invalid", 401)
_UNKNOWN = Spelling("resource_not_found", 404)
_FORBIDDEN = Spelling("authorization_invalid", 403)
_SIGN_UP = Spelling("sign_up_mode_restricted", 403)
_CREDENTIAL = "public_key_credential"

# How an error and its children are spelled.
SPELLINGS: dict[type[AppError], Spelling] = {
    AppError: Spelling("internal_clerk_error", 500),
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
    account.AccountError: _FORBIDDEN,
    account.WrongPassword: Spelling("form_password_incorrect", 422, "password"),
    CurrentPasswordWrong: Spelling("form_password_incorrect", 422, "current_password"),
    PasskeyInstead: Spelling("strategy_for_user_invalid", 422, "password"),
    account.UsernameTaken: Spelling("form_identifier_exists", 422, "username"),
    account.RegistrationClosed: _SIGN_UP,
    account.InvitesOff: _SIGN_UP,
    account.InviteInvalid: Spelling("invitation_invalid", 422),
    account.AccountUnknown: _UNKNOWN,
    mfa.MfaError: _FORBIDDEN,
    mfa.CodeWrong: Spelling("form_code_incorrect", 422, "code"),
    mfa.ProofNotTaken: Spelling("form_param_value_invalid", 422, "strategy"),
    mfa.TotpIsOn: Spelling("totp_already_enabled", 400),
    mfa.TotpIsOff: _UNKNOWN,
    mfa.SecretNotOffered: Spelling("verification_expired", 400),
    mfa.StepUpRequired: Spelling("session_reverification_required", 403),
    mfa.SecondFactorRequired: Spelling("second_factor_required", 403),
    SessionError: _UNKNOWN,
    SessionIsCurrent: _FORBIDDEN,
    PasskeyError: Spelling("passkey_registration_not_allowed", 403),
    PasskeyUnknown: _UNKNOWN,
    webauthn.CeremonyError: Spelling("verification_failed", 400),
    webauthn.CredentialMissing: Spelling("form_param_missing", 422, _CREDENTIAL),
    EnrolmentExpired: Spelling("verification_expired", 400),
    SignInUnknown: _UNKNOWN,
    webauthn.RegistrationRefused: Spelling("passkey_registration_failed", 422, _CREDENTIAL),
    webauthn.CredentialTaken: Spelling("passkey_already_exists", 422, _CREDENTIAL),
    webauthn.SignInRefused: Spelling("passkey_retrieval_failed", 422, _CREDENTIAL),
    webauthn.CredentialUnknown: Spelling("passkey_not_registered", 422, _CREDENTIAL),
}


# Clerk's codes for what is wrong with a new password.
_NEW_PASSWORD = {
    policy.TOO_SHORT: "form_password_length_too_short",
    policy.TOO_LONG: "form_password_length_too_long",
    policy.COMMON: "form_password_pwned",
}


def of_new_password(error: InvalidInput) -> InvalidInput:
    """Return the fault of a new password, under Clerk's name of the field."""
    return InvalidInput(new_password=error.fields["password"])


def answer(error: AppError | HTTPException) -> Response:
    """Return an error, ours or the router's, in Clerk's form."""
    if isinstance(error, HTTPException):
        status = error.code or 500
        words = {404: "resource_not_found", 405: "method_not_allowed"}
        code = words.get(status, "bad_request")
        return _answer(status, [_entry(code, error.name, error.description or error.name)])
    code, status, parameter = nearest(SPELLINGS, error)
    if isinstance(error, errors.InvalidInput):
        return _answer(status, [_field(name, fault) for name, fault in error.fields.items()])
    if status == 400 and request.method == "PATCH":
        # Clerk documents no 400 there; an unreadable body counts as a wrong parameter.
        status = 422
    message = error.sentence.partition(". ")[0]
    entry = _entry(code, message, error.sentence, parameter)
    if isinstance(error, mfa.StepUpRequired):
        entry["meta"] = {"reverification": _reverification(error)}
    return _answer(status, [entry])


def _reverification(error: mfa.StepUpRequired) -> dict[str, object]:
    """Return the level that ends the refusal, and how old the proof may be."""
    # The password is offered only where the first factor's proof is enough.
    level = "first_factor" if "password" in error.methods else "second_factor"
    return {"level": level, "afterMinutes": max(1, error.age // 60)}


def _field(name: str, fault: str) -> dict[str, object]:
    if fault == MISSING:
        return _entry("form_param_missing", "is missing", f"{name} must be included.", name)
    if name == "new_password":
        code = _NEW_PASSWORD.get(fault, "form_password_not_strong_enough")
        return _entry(code, fault.partition(". ")[0], fault, name)
    kind = "value" if fault.startswith(NOT_ONE_OF) else "format"
    return _entry(f"form_param_{kind}_invalid", "is invalid", fault, name)


def _entry(code: str, message: str, long_message: str, parameter: str = "") -> dict[str, object]:
    meta = {"param_name": parameter} if parameter else {}
    return {"code": code, "message": message, "long_message": long_message, "meta": meta}


def _answer(status: int, entries: list[dict[str, object]]) -> Response:
    body = {"errors": entries, "clerk_trace_id": secrets.token_hex(16)}
    return json_answer(body, status=status)
