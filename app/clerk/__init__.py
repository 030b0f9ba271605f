"""Clerk's dialect: its Frontend API, as the browser SDK speaks it."""

from flask import Flask

from app.clerk import answers as a
from app.clerk import asking, errors
from app.clerk import client as client  # these add views to the blueprint
from app.clerk import me as me
from app.clerk import passkeys as passkeys
from app.clerk import reverification as reverification
from app.clerk import second_factors as second_factors
from app.clerk import session_tokens as session_tokens
from app.clerk import sign_ins as sign_ins
from app.clerk import totp as totp
from app.clerk.blueprint import clerk
from app.clerk.method_override import MethodOverride
from app.describe.operation import SESSION
from app.settings import Settings
from app.web import edges
from app.web.edges import Edge

_CLIENT = {
    "client": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The session's token, bare, with `_is_native=1` in the query.",
    }
}
_TAG = {
    "name": "Clerk",
    "description": (
        "Clerk's Frontend API, as its browser SDK speaks it. Bodies are forms or JSON. PATCH and"
        " DELETE may come as POST with `_method=PATCH` or `_method=DELETE` in the query. With"
        " `_is_native=1` in the query the session's token is sent in `Authorization`, comes back"
        " there, and no cookie counts. An unknown route answers 404, and a method that a route"
        " does not have 405, in the same form as other errors."
    ),
}


def init_app(app: Flask, settings: Settings) -> None:
    """Add the dialect to `app`, unless it is off; then its routes do not exist."""
    if settings.clerk == "off":
        return
    edges.register(
        app,
        Edge(
            blueprint=clerk,
            prefixes=("/v1", "/.well-known/jwks.json"),
            spell=errors.answer,
            error=a.Error,
            caller=asking.user_id,
            security=SESSION | _CLIENT,
            tag=_TAG,
        ),
    )
    # Flask's documented way to add middleware.
    app.wsgi_app = MethodOverride(app.wsgi_app)  # type: ignore[method-assign]
