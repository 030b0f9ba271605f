"""The application with a clock that a test can step.

gunicorn runs `tests.violence.clocked:app`, all of which asks time.time().
VIOLENCE_CLOCK names a file with the seconds to add. What runs by the steady clock is
not affected.
"""

import os
import time
from pathlib import Path

_FILE = Path(os.environ["VIOLENCE_CLOCK"])
_real_time = time.time
# It is replaced before the import of anything that could keep the real one.
time.time = lambda: _real_time() + float(_FILE.read_text())

from app import create_app  # noqa: E402

app = create_app()
