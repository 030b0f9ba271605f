"""The name that units of Passline 0.1 give gunicorn: -c python:app.server. Use app.serving.config."""

from app.serving.config import *  # noqa: F403 - gunicorn takes its settings from this module's names
