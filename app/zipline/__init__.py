"""All that knows Zipline's dialect."""

from flask import Flask

from app.zipline import auth, mfa, server, user  # noqa: F401 - their views join the blueprint
from app.zipline.blueprint import zipline


def init_app(app: Flask) -> None:
    """Add the dialect to `app`."""
    app.register_blueprint(zipline)
