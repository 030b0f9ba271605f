"""What Clerk's clients send, as forms or as JSON. Unknown members are ignored."""

import unicodedata

from marshmallow import ValidationError, fields, validate

from app.web.bodies import Body, text

# How the message starts for a value of the right form that is not known.
NOT_ONE_OF = "Use one of these"


def _one_of(*words: str) -> validate.OneOf:
    return validate.OneOf(words, error=f"{NOT_ONE_OF}: {', '.join(words)}.")


def _identifier(name: str) -> None:
    # Pasted names have invisible characters and other spaces; those do not count.
    if len(name) > 1024 or any(unicodedata.category(each) in ("Cc", "Cs") for each in name):
        raise ValidationError("Use at most 1024 characters, and no control characters.")


class Naming(Body):
    """PATCH /v1/me/passkeys/{id}: an empty name, or none, restores the default."""

    name = text(load_default=None, allow_none=True)


class Verification(Body):
    """POST /v1/me/passkeys/{id}/attempt_verification."""

    strategy = fields.String(required=True, validate=_one_of("passkey"))
    public_key_credential = fields.String(required=True)


class SignInBegin(Body):
    """POST /v1/client/sign_ins."""

    strategy = fields.String(
        load_default=None, allow_none=True, validate=_one_of("passkey", "password")
    )
    identifier = fields.String(load_default=None, allow_none=True, validate=_identifier)
    password = text(4096, load_default=None, allow_none=True)


class FirstFactorPrepare(Body):
    """POST /v1/client/sign_ins/{id}/prepare_first_factor."""

    strategy = fields.String(required=True, validate=_one_of("passkey"))


class FirstFactor(Body):
    """POST /v1/client/sign_ins/{id}/attempt_first_factor."""

    strategy = fields.String(required=True, validate=_one_of("passkey", "password"))
    public_key_credential = fields.String(load_default=None, allow_none=True)
    password = text(4096, load_default=None, allow_none=True)
