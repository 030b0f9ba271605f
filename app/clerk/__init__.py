"""All that knows Clerk's dialect (its Frontend API, as the browser SDK speaks it)."""

from flask import Flask

import app.clerk.client
import app.clerk.me
import app.clerk.passkeys
import app.clerk.session_tokens
import app.clerk.sign_ins  # noqa: F401 - the views hang themselves on the blueprint
from app.clerk.blueprint import clerk
from app.clerk.method_override import MethodOverride
from app.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Add the dialect to `app`, unless it is switched off: then none of its routes exist."""
    if settings.clerk == "off":
        return
    app.register_blueprint(clerk)
    app.wsgi_app = MethodOverride(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way to add middleware
