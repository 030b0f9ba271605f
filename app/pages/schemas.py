"""The schemas of what our pages send. Unknown members are ignored."""

from marshmallow import fields

from app.web.bodies import Body, text


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


class Newcomer(Login):
    """A new account; `code` is an invite, or a set-up code."""

    code = text(load_default=None, allow_none=True)
