"""gunicorn reads this file by itself when it is started here."""

from app.serving.config import *  # noqa: F403 - gunicorn takes its settings from this module's names
