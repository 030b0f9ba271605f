"""Zipline's dialect, and everything that depends on it."""

from flask import Flask

from app.describe.operation import SESSION
from app.web import edges
from app.web.edges import Edge
from app.zipline import answers as a
from app.zipline import auth, errors, mfa, server, totp, user  # noqa: F401 - they add views to the blueprint
from app.zipline.blueprint import zipline

_TOKEN = {
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The API token, bare.",
    }
}


def init_app(app: Flask) -> None:
    """Add the dialect to `app`."""
    edges.register(
        app,
        Edge(
            blueprint=zipline,
            prefixes=("/api",),
            spell=errors.answer,
            error=a.Error,
            changing_gets=frozenset({"/api/auth/logout"}),
            security=SESSION | _TOKEN,
            tag={
                "name": "Zipline",
                "description": (
                    "The JSON API that Zipline's clients speak. The session cookie, or the API"
                    " token bare in `Authorization`, says who is asking. An unknown route answers"
                    " 404, and a method that a route does not have 405, with"
                    " `{message, error, statusCode}`."
                ),
            },
        ),
    )
