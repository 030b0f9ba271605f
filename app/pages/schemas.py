"""The schemas of what our pages send. Unknown members are ignored."""

from marshmallow import fields

from app.web.bodies import Body, OneOf, text


class Credential(Body):
    """The browser's answer to request options."""

    response = fields.Dict(required=True)


class Passkey(Credential):
    """The browser's answer to creation options, and a name for the passkey."""

    name = text(required=True)


class Name(Body):
    """A new name for a passkey."""

    name = text(required=True)


class Login(Body):
    """A username and a password."""

    username = text(required=True)
    password = text(4096, required=True)


class Proof(OneOf):
    """A second step, or what confirms who it is: one of its members."""

    fault_at = "code"

    response = fields.Dict(load_default=None, allow_none=True)
    password = text(4096, load_default=None, allow_none=True)
    code = text(load_default=None, allow_none=True)
    recovery_code = text(load_default=None, allow_none=True)


class Code(Body):
    """A code of an authenticator app."""

    code = text(required=True)


class AlwaysAsks(Body):
    """Whether a second step is wanted at each sign-in."""

    always_asks = fields.Boolean(required=True)


class NewPassword(Body):
    """A new password, and perhaps the one in force."""

    password = text(4096, required=True)
    current_password = text(4096, load_default=None, allow_none=True)


class Recovery(Body):
    """A recovery code, of whom, and the password if there is one."""

    username = text(required=True)
    code = text(required=True)
    password = text(4096, load_default=None, allow_none=True)


class Link(Body):
    """The token of a one-time link."""

    token = text(required=True)


class Newcomer(Login):
    """A new account; `code` is an invite, or a set-up code."""

    code = text(load_default=None, allow_none=True)
