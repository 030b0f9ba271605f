"""The time, in Unix milliseconds and as text."""

import time
from datetime import UTC, datetime
from functools import lru_cache

from blinker import Signal

SECOND = 1000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE

second_passed = Signal()  # sent by the `Service` while its housekeeping runs


def now() -> int:
    """Return the time in Unix milliseconds."""
    return int(time.time() * 1000)


@lru_cache(maxsize=4096)
def iso8601(milliseconds: int) -> str:
    """Return a time as ISO 8601 in UTC, with milliseconds and Z."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
