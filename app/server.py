"""The gunicorn settings under the name that units of Passline 0.1 use.

New units pass `-c python:app.serving.config`.
"""

from app.serving.config import *  # noqa: F403 - gunicorn reads its settings from these names
