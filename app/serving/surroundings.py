"""What the server needs to know before the app has read its settings."""

import contextlib
import os
import tempfile
from pathlib import Path


def setting(name: str, default: str) -> str:
    """Return PASSLINE_`name`, or the content of its file; app/settings checks both."""
    path = os.environ.get(f"PASSLINE_{name}_FILE")
    text = os.environ.get(f"PASSLINE_{name}", "")
    if path and not text:
        with contextlib.suppress(OSError, ValueError):
            text = Path(path).read_text()
    return text.strip() or default


def find_temporary_folder() -> None:
    """Keep temporary files in DATA_DIR if no other folder can be written.

    gunicorn, the metrics and SQLite have some, which need little space.
    """
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        folder = Path(setting("DATA_DIR", "data")).absolute()
        with contextlib.suppress(OSError):  # the app will say what is wrong with it
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ["TMPDIR"] = str(folder)
