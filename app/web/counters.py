"""Counters of general rates, in each worker's memory or in a Redis that all share.

What cannot be counted is allowed: without its Redis the service goes on, unlimited.
"""

import logging
import threading
import time
from typing import NamedTuple

from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import RedisStorage

logger = logging.getLogger("passline")

MEMORY = "memory://"
MOST = 100_000  # windows in memory; a botnet may have as many networks
_PATIENCE = 0.2  # seconds for an answer of Redis
_PAUSE = 5.0  # seconds without another try, once it did not answer


class Window(NamedTuple):
    """What a rate still allows, and in how many whole seconds it is free again.

    `remaining` is below zero for what came too much.
    """

    limit: int
    remaining: int
    reset: int


class _InMemory:
    """Fixed windows in this worker's memory, in the order in which they began.

    The library's own would walk all of them many times per second.
    """

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, float]] = {}  # how often, and until when
        self._counting = threading.Lock()

    def hit(self, key: str, length: int) -> tuple[int, float]:
        """Count one, and return how many there are and the seconds that are left."""
        now = time.time()
        with self._counting:
            count, end = self._windows.get(key, (0, now))
            if not now < end <= now + length:  # it is over, or the clock was set back
                self._make_room(now)
                self._windows.pop(key, None)
                count, end = 0, now + length
            self._windows[key] = count + 1, end
        return count + 1, end - now

    def _make_room(self, now: float) -> None:
        """Forget the windows that are over, and the oldest if there are too many."""
        while self._windows:
            first, (_, end) = next(iter(self._windows.items()))
            if end > now and len(self._windows) < MOST:
                return
            del self._windows[first]


class _InRedis:
    """Fixed windows in a Redis."""

    def __init__(self, url: str) -> None:
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self._storage = RedisStorage(
            url,
            key_prefix="passline",
            wrap_exceptions=True,
            socket_timeout=_PATIENCE,
            socket_connect_timeout=_PATIENCE,
            retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]  # it is passed on to the client
        )

    def hit(self, key: str, length: int) -> tuple[int, float]:
        """Count one, and return how many there are and the seconds that are left."""
        count = self._storage.incr(key, length)
        return count, self._storage.get_expiry(key) - time.time()


class Counters:
    """Counters of fixed windows, by key. Redis is looked for at the first request."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._windows: _InMemory | _InRedis | None = _InMemory() if url == MEMORY else None
        self._making = threading.Lock()
        self._silent_until = 0.0  # by the monotonic clock
        self._is_away = False

    def hit(self, item: RateLimitItem, *key: str) -> Window | None:
        """Count one request, or return None while Redis does not answer."""
        if self._is_away and not self._may_try():
            return None
        try:
            count, left = self._made().hit(item.key_for(*key), item.get_expiry())
        except (StorageError, OSError) as error:
            self._missed(error)
            return None
        if self._is_away:
            self._is_away = False
            logger.warning("general rates are counted again")
        return Window(item.amount, item.amount - count, max(1, round(left)))

    def _made(self) -> _InMemory | _InRedis:
        with self._making:
            self._windows = self._windows or _InRedis(self._url)
            return self._windows

    def _may_try(self) -> bool:
        """Return whether it is this request's turn to ask again; others do not wait."""
        with self._making:
            due = time.monotonic() >= self._silent_until
            if due:
                self._silent_until = time.monotonic() + _PAUSE
            return due

    def _missed(self, error: Exception) -> None:
        with self._making:
            self._silent_until = time.monotonic() + _PAUSE
            was_away, self._is_away = self._is_away, True
        if not was_away:  # one line per outage
            cause = str(error.__cause__ or error)
            logger.error("general rates are not counted: no Redis", extra={"cause": cause})
