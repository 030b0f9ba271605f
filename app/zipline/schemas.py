"""The schemas of what Zipline's clients send. Like Zipline, ignore unknown members."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from app.core.mfa.answers import Answer
from app.web.bodies import Body, OneOf, text

_VIEW_SWITCHES = ("enabled", "embed", "embedMediaOnly", "showMimetype", "showTags", "showFolder")
_VIEW_TEXTS = ("content", "embedTitle", "embedDescription", "embedColor", "embedSiteName")


def _one_of(*words: str) -> validate.OneOf:
    return validate.OneOf(words, error=f"Use one of: {', '.join(words)}.")


class Registration(Body):
    """POST /api/user/mfa/passkey: `response` from new clients, `reg` from old ones."""

    response = fields.Dict(load_default=None, allow_none=True)
    reg = fields.Dict(load_default=None, allow_none=True)
    name = text(required=True)

    @validates_schema
    def _one_of_them(self, data: dict[str, Any], **_: Any) -> None:
        if not data["response"] and not data["reg"]:
            raise ValidationError("Send the registration response.", "response")


class Renaming(Body):
    """PATCH /api/user/mfa/passkey."""

    id = text(required=True)
    name = text(required=True)


class Deletion(Body):
    """DELETE /api/user/mfa/passkey."""

    id = text(required=True)


class Authentication(Body):
    """POST /api/auth/webauthn: `response` from new clients, `auth` from old ones."""

    response = fields.Dict(load_default=None, allow_none=True)
    auth = fields.Dict(load_default=None, allow_none=True)


class Login(Body):
    """POST /api/auth/login. `code` is the authenticator app's, or a recovery code."""

    username = text(required=True)
    password = text(4096, required=True)
    code = text(load_default=None, allow_none=True)


class SecondStep(OneOf):
    """POST /api/auth/login/second: one of its members."""

    fault_at = "response"

    response = fields.Dict(load_default=None, allow_none=True)
    code = text(load_default=None, allow_none=True)
    recoveryCode = text(  # noqa: N815 - the name on the wire
        load_default=None, allow_none=True
    )


class Proof(SecondStep):
    """POST /api/user/verify: one of its members."""

    password = text(4096, load_default=None, allow_none=True)


class TotpOn(Body):
    """POST /api/user/mfa/totp; `secret` is the one that was offered."""

    code = text(required=True)
    secret = text(required=True)


class Code(Body):
    """DELETE /api/user/mfa/totp."""

    code = text(required=True)


def answer(body: dict[str, Any]) -> Answer:
    """Return what a person shows, from the body of a `SecondStep` or a `Proof`."""
    return Answer(
        response=body["response"],
        password=body.get("password"),
        code=body["code"],
        recovery_code=body["recoveryCode"],
    )


class Newcomer(Body):
    """POST /api/setup (`code`: a set-up code) and /api/auth/register (an invite)."""

    username = text(required=True)
    password = text(4096, required=True)
    code = text(load_default=None, allow_none=True)


View = Body.from_dict(
    {
        "align": fields.String(allow_none=True, validate=_one_of("left", "center", "right")),
        **{name: fields.Boolean(allow_none=True) for name in _VIEW_SWITCHES},
        **{name: text(4096, allow_none=True) for name in _VIEW_TEXTS},
    },
    name="View",
)


class Changes(Body):
    """PATCH /api/user."""

    username = text()
    password = text(4096)
    avatar = text(48 * 1024, allow_none=True)
    view = fields.Nested(View)


class SessionEnd(Body):
    """DELETE /api/user/sessions."""

    sessionId = text(  # noqa: N815 - the name on the wire
        load_default=None, allow_none=True
    )
    all = fields.Boolean(load_default=False)
