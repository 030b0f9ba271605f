"""All that knows Zipline's dialect."""

from flask import Flask

import app.zipline.auth
import app.zipline.mfa
import app.zipline.server
import app.zipline.user  # noqa: F401 - the views hang themselves on the blueprint
from app.zipline.blueprint import zipline


def init_app(app: Flask) -> None:
    """Add the dialect to `app`."""
    app.register_blueprint(zipline)
