"""All that knows Clerk's dialect (its Frontend API, as the browser SDK speaks it)."""

from flask import Flask

from app.clerk import client, me, passkeys, session_tokens, sign_ins  # noqa: F401 - their views join the blueprint
from app.clerk.blueprint import clerk
from app.clerk.method_override import MethodOverride
from app.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Add the dialect to `app`, unless it is switched off: then none of its routes exist."""
    if settings.clerk == "off":
        return
    app.register_blueprint(clerk)
    app.wsgi_app = MethodOverride(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way to add middleware
