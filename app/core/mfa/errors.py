"""Errors of second factors, step-up and policy.

MfaError                  400
├── CodeWrong             CodeNotTaken, ProofNotTaken
├── TotpIsOn              TotpIsOff, SecretNotOffered
├── NoSecondFactor        PasswordNeeded, RecoveryRefused, LinkInvalid
└── LastWayIn             LastSecondFactor, which the guards raise
SecondFactorRequired      403  the session serves to enrol only
StepUpRequired            403  the proof is too old
"""

from app.errors import AppError


class MfaError(AppError):
    code = "mfa_error"
    status = 400


class CodeWrong(MfaError):
    """A wrong, used or malformed code, of the app or for recovery."""

    code = "code_wrong"
    sentence = (
        "That code didn’t work. Each code works once, for 30 seconds. Wait for the next one and"
        " type that."
    )


class RecoveryCodeWrong(CodeWrong):
    code = "recovery_code_wrong"
    sentence = "That recovery code didn’t work. Each one works once. Type another one of your list."


class CodeNotTaken(CodeWrong):
    """The person has nothing that makes codes of this kind."""

    code = "code_not_taken"
    sentence = "A code does not help here. Use your passkey instead, or a recovery code."


class ProofNotTaken(MfaError):
    code = "proof_not_taken"
    sentence = "This does not help here. Use one of the ways that were offered."


class TotpIsOn(MfaError):
    code = "totp_is_on"
    sentence = "Your authenticator app is on already. Turn it off first to use another one."


class TotpIsOff(MfaError):
    code = "totp_is_off"
    sentence = "Your authenticator app is not on."


class SecretNotOffered(MfaError):
    code = "secret_not_offered"
    sentence = (
        "The secret is not the one that was offered to you, or more than ten minutes have passed."
        " Start again and scan the new one."
    )


class NoSecondFactor(MfaError):
    code = "no_second_factor"
    sentence = "Add a passkey or turn on an authenticator app first."


class PasswordNeeded(MfaError):
    code = "password_needed"
    sentence = (
        "Keep the password until you have two passkeys, or one passkey and recovery codes that you"
        " have saved."
    )


class RecoveryRefused(MfaError):
    """The same for a wrong name, code or password, and for an unknown account."""

    code = "recovery_refused"
    sentence = (
        "That didn’t work. Check the code, the username and, if you have one, the password. Each"
        " code works once."
    )


class LinkInvalid(MfaError):
    code = "link_invalid"
    sentence = (
        "This link has been used, has timed out or was replaced by a newer one. Ask for a new one."
    )


class LastWayIn(MfaError):
    code = "last_way_in"
    sentence = "It is your last way in. Add another passkey or set a password first."


class LastSecondFactor(MfaError):
    code = "last_second_factor"
    sentence = (
        "This server requires a second factor, and it is your last one. Add another passkey or an"
        " authenticator app first."
    )


class SecondFactorRequired(AppError):
    code = "second_factor_required"
    status = 403
    sentence = "Set up a second factor first: a passkey or an authenticator app."


class StepUpRequired(AppError):
    """The session's proof is older than `age` seconds.

    `methods` are those that end this: passkey, totp, recovery, password.
    """

    code = "step_up_required"
    status = 403
    sentence = "Confirm that it’s you, then try again."

    def __init__(self, methods: tuple[str, ...] = (), age: int = 600) -> None:
        self.methods, self.age = methods, age
        super().__init__()
