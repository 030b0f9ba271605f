"""What the connections of one process to PostgreSQL know of each other."""

import threading
import time

_WHILE_STUCK = 0.1  # seconds to wait, once a statement was given up
_PAUSE = 1.0  # seconds before a frozen server is asked again
_PLACES = 2  # for statements that wait for longer: half of a worker's threads


class Together:
    """Whether the server answers, and how many wait for it."""

    def __init__(self) -> None:
        self.places = threading.Semaphore(_PLACES)
        self.probing = threading.Lock()
        self.frozen = False
        self.retry_at = 0.0  # by the steady clock, as the next
        self.moved_at = 0.0  # when a slow statement was answered last
        self.stuck_until = 0.0

    def patience(self, usual: float) -> float:
        """Return how many seconds to wait, unless a lock seems to be held for long."""
        stuck = self.stuck_until and time.monotonic() < self.stuck_until
        return _WHILE_STUCK if stuck else usual

    def freeze(self) -> None:
        """Note that the server does not answer. Requests fail at once until it does."""
        self.frozen, self.retry_at = True, time.monotonic() + _PAUSE
