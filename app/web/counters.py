"""Counters of general rates, in each worker's memory or in a Redis that all share.

What cannot be counted is allowed: without its Redis the service goes on, unlimited.
"""

import logging
import threading
import time
from typing import NamedTuple

from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage

logger = logging.getLogger("passline")

MEMORY = "memory://"
_PATIENCE = 0.2  # seconds for an answer of Redis
_PAUSE = 5.0  # seconds without another try, once it did not answer


class Window(NamedTuple):
    """What a rate still allows until `reset_at`, a Unix time in seconds.

    `remaining` is below zero for what came too much.
    """

    limit: int
    remaining: int
    reset_at: float

    @property
    def reset(self) -> int:
        """The whole seconds until the rate is free again, at least 1."""
        return max(1, round(self.reset_at - time.time()))


class Counters:
    """Counters of fixed windows, by key.

    They are made at the first request: the timer thread of those in memory would not
    survive gunicorn's fork.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._storage: MemoryStorage | RedisStorage | None = None
        self._making = threading.Lock()
        self._silent_until = 0.0  # by the monotonic clock
        self._is_away = False

    def hit(self, item: RateLimitItem, *key: str) -> Window | None:
        """Count one request, or return None while Redis does not answer."""
        if self._is_away and not self._may_try():
            return None
        try:
            window = self._count(item, item.key_for(*key))
        except (StorageError, OSError) as error:
            self._missed(error)
            return None
        if self._is_away:
            self._is_away = False
            logger.warning("general rates are counted again")
        return window

    def _count(self, item: RateLimitItem, key: str) -> Window:
        storage, length = self._made(), item.get_expiry()
        count, reset_at = storage.incr(key, length), storage.get_expiry(key)
        if reset_at > time.time() + length + 1:  # no window is that long: the clock was set back
            storage.clear(key)
            count, reset_at = storage.incr(key, length), storage.get_expiry(key)
        return Window(item.amount, item.amount - count, reset_at)

    def _made(self) -> MemoryStorage | RedisStorage:
        with self._making:
            if self._storage is None:
                self._storage = MemoryStorage() if self._url == MEMORY else _redis(self._url)
            return self._storage

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


def _redis(url: str) -> RedisStorage:
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return RedisStorage(
        url,
        key_prefix="passline",
        wrap_exceptions=True,
        socket_timeout=_PATIENCE,
        socket_connect_timeout=_PATIENCE,
        retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]  # it is passed on to the client
    )
