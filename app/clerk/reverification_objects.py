"""Clerk's SessionReverification: what was asked, what was proved since, what helps."""

from typing import Any

from app.clerk import session_objects, strategies
from app.core import clock
from app.core.mfa import asked, factors, proofs, step_up
from app.core.mfa.asked import Asked
from app.core.mfa.factors import Factors
from app.core.mfa.proofs import Proved
from app.core.sessions import Live
from app.web.context import service

Json = dict[str, Any]

LEVELS = ("first_factor", "second_factor", "multi_factor")
_FIRST, _SECOND, _BOTH = LEVELS


def reverification(live: Live, *, proved: bool) -> Json:
    """Return the SessionReverification.

    `proved` is whether the session has just proved something; before that nothing
    counts. Only what would end the refusal of a guarded act is offered.
    """
    own = factors.of_user(live.user.id, service().settings)
    wanted = _asked(live, own)
    done = proofs.of_session(live.session) if proved else Proved()
    first, second = _supported(live, wanted.what, own)
    return {
        "object": "session_reverification",
        "level": wanted.what,
        "status": _status(wanted, done, own),
        "supported_first_factors": first or None,
        "supported_second_factors": second or None,
        "first_factor_verification": None,
        "second_factor_verification": None,
        "session": session_objects.base(live, own),
    }


def _asked(live: Live, own: Factors) -> Asked:
    """Return what the client has asked; if that was long ago, what a guard asks."""
    found = asked.current(live) or Asked(_SECOND, clock.now() - clock.MINUTE)
    return found if own.second else found._replace(what=_FIRST)


def _supported(live: Live, level: str, own: Factors) -> tuple[list[Json], list[Json]]:
    settings = service().settings
    ways = step_up.ways(live, settings=settings)
    # Without TOTP a passkey alone proves both factors at once.
    either = level == _FIRST or (level == _BOTH and own.totp)
    by_first = step_up.ways(live, settings=settings, either=either)
    first = [each for each in ("passkey", "password") if each in by_first]
    second = strategies.second(ways) if level != _FIRST else []
    return strategies.factors(*first), second


def _status(wanted: Asked, proved: Proved, own: Factors) -> str:
    first, second = (
        at is not None and at >= wanted.since for at in (proved.first_at, proved.second_at)
    )
    if wanted.what == _FIRST:
        return "complete" if first or second else "needs_first_factor"
    if wanted.what == _BOTH and not first:
        return "needs_first_factor"
    if second:
        return "complete"
    # The components know no passkey as second factor, and would wait for ever.
    return "needs_second_factor" if wanted.what == _BOTH or own.totp else "needs_first_factor"
