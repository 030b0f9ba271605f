"""The time."""

import time

SECOND = 1000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE


def now() -> int:
    """Give the time in Unix milliseconds."""
    return int(time.time() * 1000)
