"""What Clerk's clients send, as forms or as JSON. Unknown members are ignored."""

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

NOT_ONE_OF = "Use one of these"  # how the fault begins, for a value of the right form that we do not know


def _text(longest: int = 1024, **rules: Any) -> fields.String:
    return fields.String(validate=validate.Length(max=longest, error=f"Use at most {longest} characters."), **rules)


def _one_of(*words: str) -> validate.OneOf:
    return validate.OneOf(words, error=f"{NOT_ONE_OF}: {', '.join(words)}.")


def _identifier(text: str) -> None:
    if len(text) > 1024 or not text.isprintable():
        raise ValidationError("Use at most 1024 characters, and no control characters.")


class Body(Schema):
    """The base: unknown members are dropped."""

    class Meta:
        unknown = EXCLUDE


class Naming(Body):
    """PATCH /v1/me/passkeys/{id}: an empty name, or none, is the default one."""

    name = _text(load_default=None, allow_none=True)


class Verification(Body):
    """POST /v1/me/passkeys/{id}/attempt_verification."""

    strategy = fields.String(required=True, validate=_one_of("passkey"))
    public_key_credential = fields.String(required=True)


class SignInBegin(Body):
    """POST /v1/client/sign_ins."""

    strategy = fields.String(load_default=None, allow_none=True, validate=_one_of("passkey", "password"))
    identifier = fields.String(load_default=None, allow_none=True, validate=_identifier)
    password = _text(4096, load_default=None, allow_none=True)


class FirstFactorPrepare(Body):
    """POST /v1/client/sign_ins/{id}/prepare_first_factor."""

    strategy = fields.String(required=True, validate=_one_of("passkey"))


class FirstFactor(Body):
    """POST /v1/client/sign_ins/{id}/attempt_first_factor."""

    strategy = fields.String(required=True, validate=_one_of("passkey", "password"))
    public_key_credential = fields.String(load_default=None, allow_none=True)
    password = _text(4096, load_default=None, allow_none=True)
