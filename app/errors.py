"""Every error that the rules can raise, with a stable code, an HTTP status and a sentence that is safe to show.

AppError
├── InvalidInput                400  one or more named fields are wrong
├── MalformedRequest            400  the body is not what it says it is
│   ├── UnsupportedMediaType    415
│   └── BodyTooLarge            413
├── NotSignedIn                 401  nobody is signed in
│   └── SessionInvalid          401  the session or token shown is unknown, ended or expired
├── SessionRequired             401  an API token was shown where only a session will do
├── CrossSiteRequest            403  another site made this request
├── Throttled                   429  too many attempts or requests; says when to come back
├── Unavailable                 503  the database cannot be reached or written
├── AccountError                400
│   ├── WrongPassword           UsernameTaken           RegistrationClosed
│   ├── InvitesOff              InviteInvalid           AccountUnknown
│   ├── LastAdministrator       TokenUnreadable
│   └── AlreadySetUp            403
├── SessionError                400
│   └── SessionUnknown          SessionIsCurrent
├── PasskeyError                400
│   ├── PasskeysDisabled        404
│   └── PasskeyUnknown          TooManyPasskeys
└── CeremonyError               400  a WebAuthn ceremony that is refused
    ├── BrowserUnbound          CredentialMissing
    ├── ChallengeUnknown ─────  EnrolmentExpired, SignInUnknown
    ├── RegistrationRefused ──  UserNotVerifiedAtRegistration, CredentialTaken
    └── SignInRefused ────────  UserNotVerified, CredentialUnknown, CounterWentBack
"""


class AppError(Exception):
    """An answer other than success: `code` is for programs, `sentence` for people, `cause` for the log only.

    `retry_after` says after how many seconds the same may succeed, where that is a matter of time.
    """

    code = "internal_error"
    status = 500
    retry_after: int | None = None
    sentence = "Something went wrong on the server. Try again later."

    def __init__(self, sentence: str | None = None, *, cause: str = "") -> None:
        self.sentence = sentence or type(self).sentence
        self.cause = cause
        super().__init__(cause or self.sentence)


class InvalidInput(AppError):
    """Fields that are missing or wrong; `fields` maps each one's name to what is wrong with it."""

    code = "invalid_input"
    status = 400

    def __init__(self, /, **fields: str) -> None:
        self.fields = fields
        super().__init__("; ".join(f"{name}: {fault}" for name, fault in fields.items()))


class MalformedRequest(AppError):
    code = "malformed_request"
    status = 400
    sentence = "The body is not valid JSON."


class UnsupportedMediaType(MalformedRequest):
    code = "unsupported_media_type"
    status = 415
    sentence = "Send the body as JSON, with Content-Type: application/json."


class BodyTooLarge(MalformedRequest):
    code = "body_too_large"
    status = 413
    sentence = "The body is larger than 64 KiB."


class NotSignedIn(AppError):
    code = "not_signed_in"
    status = 401
    sentence = "You are not signed in."


class SessionInvalid(NotSignedIn):
    code = "session_invalid"
    sentence = "Your session has ended. Sign in again."


class SessionRequired(AppError):
    code = "session_required"
    status = 401
    sentence = "An API token cannot do this. Sign in and try again."


class CrossSiteRequest(AppError):
    code = "cross_site_request"
    status = 403
    sentence = "This request came from another site and was refused."


class Throttled(AppError):
    """Too many attempts; `retry_after` is in whole seconds, at least 1. `reason` is a word for the metrics."""

    code = "throttled"
    status = 429

    def __init__(self, retry_after: int, *, reason: str = "rate") -> None:
        self.retry_after = max(1, retry_after)
        self.reason = reason
        unit = "second" if self.retry_after == 1 else "seconds"
        super().__init__(f"Too many attempts. Wait {self.retry_after} {unit}, then try again.")


class Unavailable(AppError):
    code = "unavailable"
    status = 503
    retry_after = 5
    sentence = "The service cannot reach its database at the moment. Try again in a few seconds."


class AccountError(AppError):
    code = "account_error"
    status = 400


class WrongPassword(AccountError):
    code = "wrong_password"
    sentence = "Wrong username or password."


class UsernameTaken(AccountError):
    code = "username_taken"
    sentence = "This username is taken. Choose another one."


class RegistrationClosed(AccountError):
    code = "registration_closed"
    sentence = "New accounts are not open here. Ask an administrator for one."


class InvitesOff(AccountError):
    code = "invites_off"
    sentence = "Invite codes are not in use here. Leave the code out."


class InviteInvalid(AccountError):
    code = "invite_invalid"
    sentence = "This invite code is wrong, used up or expired. Ask for a new one."


class AccountUnknown(AccountError):
    code = "account_unknown"
    sentence = "There is no such account."


class LastAdministrator(AccountError):
    code = "last_administrator"
    sentence = (
        "This is the last SUPERADMIN who is not disabled. Give somebody else that role first."
    )


class AlreadySetUp(AccountError):
    code = "already_set_up"
    status = 403
    sentence = "This service is set up already. Sign in instead."


class TokenUnreadable(AccountError):
    code = "token_unreadable"
    sentence = (
        "Your API token cannot be read, since the server's secret key has changed. Make a new one."
    )


class SessionError(AppError):
    code = "session_error"
    status = 400


class SessionUnknown(SessionError):
    code = "session_unknown"
    sentence = "You have no session with this id."


class SessionIsCurrent(SessionError):
    code = "session_is_current"
    sentence = "This is the session you are using. Sign out to end it."


class PasskeyError(AppError):
    code = "passkey_error"
    status = 400


class PasskeysDisabled(PasskeyError):
    code = "passkeys_disabled"
    status = 404
    sentence = "Passkeys are switched off on this server."


class PasskeyUnknown(PasskeyError):
    code = "passkey_unknown"
    sentence = "You have no passkey with this id."


class TooManyPasskeys(PasskeyError):
    code = "too_many_passkeys"
    sentence = "You have as many passkeys as this server allows. Delete one, then add the new one."


class CeremonyError(AppError):
    code = "ceremony_error"
    status = 400


class BrowserUnbound(CeremonyError):
    code = "browser_unbound"
    sentence = (
        "The cookie webauthn-challenge-id is missing. Get options from GET /api/auth/webauthn/options,"
        " keep the cookie that comes with them, and start again."
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


class EnrolmentExpired(ChallengeUnknown):
    code = "enrolment_expired"
    sentence = "The time for adding this passkey has run out. Start again."


class SignInUnknown(ChallengeUnknown):
    code = "sign_in_unknown"
    sentence = "This sign-in has timed out or is finished. Start again."


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


class CredentialUnknown(SignInRefused):
    code = "credential_unknown"
    sentence = "This server does not know this passkey. Use another one, or sign in another way."


class CounterWentBack(SignInRefused):
    code = "counter_went_back"
    sentence = (
        "This passkey's counter went back, as it would if the passkey had been copied."
        " Sign in another way, delete this passkey and add it again."
    )
