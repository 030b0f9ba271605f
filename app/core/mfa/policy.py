"""When a second step is due, and what a session may do (PASSLINE_MFA_POLICY)."""

from collections.abc import Callable
from enum import Enum

from app.core.mfa.factors import Factors
from app.core.mfa.proofs import Proved
from app.settings import Settings


class Standing(Enum):
    """What a session may do, derived from what it has proved and from the policy."""

    WHOLE = "whole"
    # It serves to enrol only, and is nobody outside: the policy requires a factor ...
    ENROLLING = "enrolling"
    # ... or only a link or a recovery code was proved.
    RECOVERING = "recovering"
    REFUSED = "refused"  # not in force: sign in again, with the second step

    @property
    def enrols_only(self) -> bool:
        """Whether the session may do nothing but what leads to a second factor."""
        return self in (Standing.ENROLLING, Standing.RECOVERING)


def second_step_due(factors: Factors, settings: Settings) -> bool:
    """Return whether a password, or a passkey without UV, is not enough to sign in."""
    if settings.mfa_policy == "optional":
        return factors.totp or (factors.always_asks and factors.second)
    return factors.second


def standing(proved: Proved, read: Callable[[], Factors], settings: Settings) -> Standing:
    """Return the standing of a session; `read` is called only if the factors matter."""
    if proved.second_at is not None:
        return Standing.WHOLE
    if proved.by_substitute_only:
        return Standing.RECOVERING
    if settings.mfa_policy == "optional":
        return Standing.WHOLE
    if read().second:
        return Standing.REFUSED
    return Standing.ENROLLING if settings.mfa_policy == "required" else Standing.WHOLE
