"""Errors of ceremonies.

CeremonyError             400
├── BrowserUnbound        CredentialMissing
├── ChallengeUnknown ───  EnrolmentExpired, SignInUnknown, beside their rules
├── RegistrationRefused   UserNotVerifiedAtRegistration, CredentialTaken
└── SignInRefused         UserNotVerified, PasswordFirst, CredentialUnknown,
                          CredentialUnusable, CounterWentBack, BackupEligibilityChanged
"""

import contextlib
from collections.abc import Iterator

from app.errors import AppError


class CeremonyError(AppError):
    code = "ceremony_error"
    status = 400


class BrowserUnbound(CeremonyError):
    code = "browser_unbound"
    sentence = (
        "This browser did not send the cookie of the sign-in that it began."
        " Allow cookies for this site, then start again."
    )


class CredentialMissing(CeremonyError):
    code = "credential_missing"
    sentence = "The passkey's response is missing from the request."


class ChallengeUnknown(CeremonyError):
    code = "challenge_unknown"
    sentence = (
        "This attempt has timed out or was used already, or its challenge is not ours."
        " Get new options from this server and try again."
    )


class RegistrationRefused(CeremonyError):
    code = "registration_refused"
    sentence = "This passkey cannot be verified, so it was not added. Try again."


class UserNotVerifiedAtRegistration(RegistrationRefused):
    code = "user_not_verified_at_registration"
    sentence = (
        "The device did not check your PIN, fingerprint or face, which this server requires."
        " Set up a screen lock or PIN on it, then try again."
    )


class CredentialTaken(RegistrationRefused):
    code = "credential_taken"
    sentence = "This passkey is registered already. Use another device or security key."


class SignInRefused(CeremonyError):
    code = "sign_in_refused"
    sentence = "This passkey cannot be verified. Try again, or sign in another way."


class UserNotVerified(SignInRefused):
    code = "user_not_verified"
    sentence = UserNotVerifiedAtRegistration.sentence


class PasswordFirst(SignInRefused):
    """A second step is due after this passkey, for which the client has no words."""

    code = "password_first"
    sentence = "Sign in with your password first, then use this key."


class CredentialUnknown(SignInRefused):
    code = "credential_unknown"
    sentence = "This server does not know this passkey. Use another one, or sign in another way."


class CredentialUnusable(SignInRefused):
    """There is such a passkey, so that no device may be told to forget it."""

    code = "credential_unusable"
    sentence = (
        "This passkey cannot be used here. Use another one, sign in another way, or ask an"
        " administrator."
    )


class CounterWentBack(SignInRefused):
    code = "counter_went_back"
    sentence = (
        "This passkey's counter went back, as it would if the passkey had been copied."
        " Sign in another way, delete this passkey and add it again."
    )


class BackupEligibilityChanged(SignInRefused):
    code = "backup_eligibility_changed"
    sentence = (
        "This passkey has changed between staying on one device and being synced, which it"
        " cannot do. Sign in another way, delete this passkey and add it again."
    )


@contextlib.contextmanager
def refused_as(refusal: type[CeremonyError]) -> Iterator[None]:
    """Turn any exception into `refusal`: no input must be able to cause a 500."""
    try:
        yield
    except CeremonyError:
        raise
    except Exception as error:  # py_webauthn leaks KeyError, TypeError, RecursionError...
        raise refusal(cause=f"{type(error).__name__}: {error}"[:500]) from error
