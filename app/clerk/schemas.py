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


class PasskeyPrepare(Body):
    """POST .../prepare_first_factor and .../prepare_second_factor: only passkeys."""

    strategy = fields.String(required=True, validate=_one_of("passkey"))


class FirstFactor(Body):
    """POST .../attempt_first_factor, of a sign-in or a reverification."""

    strategy = fields.String(required=True, validate=_one_of("passkey", "password"))
    public_key_credential = fields.String(load_default=None, allow_none=True)
    password = text(4096, load_default=None, allow_none=True)


class SecondFactor(Body):
    """POST .../attempt_second_factor, of a sign-in or a reverification."""

    strategy = fields.String(required=True, validate=_one_of("totp", "backup_code", "passkey"))
    code = text(load_default=None, allow_none=True)
    public_key_credential = fields.String(load_default=None, allow_none=True)


class Reverification(Body):
    """POST /v1/client/sessions/{id}/verify."""

    level = fields.String(
        required=True, validate=_one_of("first_factor", "second_factor", "multi_factor")
    )


class Code(Body):
    """POST /v1/me/totp/attempt_verification."""

    code = text(required=True)


class Profile(Body):
    """PATCH /v1/me: of all that Clerk's users have, ours have a name."""

    username = text(load_default=None, allow_none=True)


class PasswordChange(Body):
    """POST /v1/me/change_password; other sessions end in any case."""

    new_password = text(4096, required=True)
    current_password = text(4096, load_default=None, allow_none=True)
    sign_out_of_other_sessions = fields.Boolean(load_default=True, allow_none=True)
