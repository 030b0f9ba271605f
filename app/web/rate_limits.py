"""Rate limits per address, by the `limits` library in each worker's memory.

With two workers a client gets twice the rate. This limits load, not guessing: failed
passwords are counted in the database (core/throttle.py).
"""

import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar

from flask import request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from app.core import throttle
from app.errors import Throttled
from app.web.context import service
from app.web.headers import EXTRA

View = TypeVar("View", bound=Callable[..., Any])


@cache
def _limiter() -> FixedWindowRateLimiter:
    # Created at the first request: its timer thread would not survive gunicorn's fork.
    return FixedWindowRateLimiter(MemoryStorage())


def limited(rate: str) -> Callable[[View], View]:
    """Limit how often an address may request the view ("20/minute").

    Every answer carries the x-ratelimit headers.
    """
    item = parse(rate)

    def decorate(view: View) -> View:
        @wraps(view)
        def with_limit(*args: Any, **kwargs: Any) -> Any:
            if service().settings.rate_limits:
                _hit(item)
            return view(*args, **kwargs)

        with_limit.rate = rate  # type: ignore[attr-defined]  # for the API's documentation
        return with_limit  # type: ignore[return-value]  # wraps() keeps the signature

    return decorate


def _hit(item: Any) -> None:
    key = (request.endpoint or "", throttle.network(request.remote_addr or ""))
    if _limiter().get_window_stats(item, *key).reset_time > time.time() + item.get_expiry() + 1:
        _limiter().clear(item, *key)  # no window is that long: the clock was set back
    allowed = _limiter().hit(item, *key)
    reset_at, remaining = _limiter().get_window_stats(item, *key)
    reset = max(1, round(reset_at - time.time()))
    request.environ[EXTRA] = [
        ("x-ratelimit-limit", str(item.amount)),
        ("x-ratelimit-remaining", str(remaining)),
        ("x-ratelimit-reset", str(reset)),
    ]
    if not allowed:
        raise Throttled(reset)
