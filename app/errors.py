"""Errors with a stable code, an HTTP status and a sentence that is safe to show.

A family that belongs to one set of rules is defined beside them. The tree:

AppError
├── InvalidInput                400  one or more named fields are wrong
├── MalformedRequest            400  the body is not what it says it is
│   ├── UnsupportedMediaType    415
│   └── BodyTooLarge            413
├── NotSignedIn                 401  no one is signed in
│   └── SessionInvalid          401  the session or token is unknown, ended or expired
├── SessionRequired             401  an API token was sent where a session is needed
├── CrossSiteRequest            403  another site made this request
├── Throttled                   429  too many attempts or requests; says when to retry
├── Unavailable                 503  the database cannot be reached or written
│   └── Busy                    503  too many passwords are being checked
├── AccountError                400  app/core/account_errors.py
├── SessionError                400  app/core/sessions.py
├── PasskeyError                400  app/core/passkeys.py
└── CeremonyError               400  app/core/webauthn/errors.py

Sentences name no route, cookie or header of a dialect; an edge can add them.
"""


class AppError(Exception):
    """The base of all errors that are answered to a client.

    `code` is for programs, `sentence` for people, `cause` only for the log.
    `retry_after` is the number of seconds after which to try again, if that helps.
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
    """Missing or wrong fields; `fields` maps each name to what is wrong with it."""

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
    sentence = (
        "This request came from another site, or from an address that this service is not set"
        " up for, and was refused. Open the service at its usual address."
    )


class Throttled(AppError):
    """Too many attempts.

    `retry_after` is in whole seconds, at least 1; `reason` is a label for the metrics.
    """

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


class Busy(Unavailable):
    """All places for hashing passwords are taken, whoever asks."""

    code = "busy"
    sentence = "Too many people are signing in at the moment. Try again in a few seconds."
    reason = "hashing"  # a label for the metrics
