"""Rate limits: how often a network, or a user from wherever, may request a view.

This limits load, not guessing: failed passwords are counted in the database
(core/throttle.py). Counters in memory are each worker's own, so that with two workers
a client gets twice the rate.
"""

from collections.abc import Callable
from functools import wraps
from importlib.util import find_spec
from typing import Any, TypeVar

from flask import Flask, current_app, request
from limits import RateLimitItem, parse

from app.core import throttle
from app.errors import Throttled
from app.settings import Settings, SettingsError
from app.web import edges, identity
from app.web.context import service
from app.web.counters import MEMORY, Counters, Window
from app.web.headers import EXTRA

View = TypeVar("View", bound=Callable[..., Any])

_COUNTERS = "passline.counters"


def init_app(app: Flask, settings: Settings) -> None:
    """Count for `app` where LIMITS_URL says. Raises `SettingsError`."""
    if settings.limits_url != MEMORY and find_spec("redis") is None:
        fix = "pip install 'limits[redis]', or '.[redis]' in a checkout"
        raise SettingsError([f"PASSLINE_LIMITS_URL: Redis needs the library redis; {fix}."])
    app.extensions[_COUNTERS] = Counters(settings.limits_url)


def limited(rate: str, *, of_user: str = "") -> Callable[[View], View]:
    """Limit how often a network may request the view ("20/minute").

    `of_user` limits how often a user may, from all networks together. Below
    login_required, which finds the user. Every answer carries the x-ratelimit headers,
    of the rate that is nearer to its end.
    """
    item, item_of_user = parse(rate), parse(of_user) if of_user else None

    def decorate(view: View) -> View:
        @wraps(view)
        def with_limit(*args: Any, **kwargs: Any) -> Any:
            if service().settings.rate_limits:
                _hit(item, item_of_user)
            return view(*args, **kwargs)

        with_limit.rate = rate  # type: ignore[attr-defined]  # for the API's documentation
        with_limit.rate_of_user = of_user  # type: ignore[attr-defined]  # for tests
        return with_limit  # type: ignore[return-value]  # wraps() keeps the signature

    return decorate


def _hit(item: RateLimitItem, item_of_user: RateLimitItem | None) -> None:
    counters: Counters = current_app.extensions[_COUNTERS]
    endpoint = request.endpoint or ""
    window = counters.hit(item, endpoint, throttle.network(request.remote_addr or ""))
    _tell(window)
    if item_of_user and (user := _user()):
        of_user = counters.hit(item_of_user, endpoint, "user", user)
        if of_user and window and of_user.remaining < window.remaining:
            _tell(of_user)


def _user() -> str | None:
    """Return the id of the user who asks, as the edge of the view finds them."""
    edge = edges.of_endpoint(request.endpoint or "")
    if edge and edge.caller:
        return edge.caller()
    visitor = identity.known_visitor()
    return visitor.user.id if visitor else None


def _tell(window: Window | None) -> None:
    """Set the headers of a window. Raises `Throttled` where it is used up."""
    if window is None:
        return
    request.environ[EXTRA] = [
        ("x-ratelimit-limit", str(window.limit)),
        ("x-ratelimit-remaining", str(max(0, window.remaining))),
        ("x-ratelimit-reset", str(window.reset)),
    ]
    if window.remaining < 0:
        raise Throttled(window.reset)
