"""The application with a clock that a test can step: gunicorn runs `tests.violence.clocked:app`.

All of it asks time.time(); VIOLENCE_CLOCK names a file with the seconds to add. What runs by the steady clock goes on.
"""

import os
import time
from pathlib import Path

_FILE = Path(os.environ["VIOLENCE_CLOCK"])
_real_time = time.time
time.time = lambda: (
    _real_time() + float(_FILE.read_text())
)  # before anything is imported that could keep the other

from app import create_app  # noqa: E402

app = create_app()
