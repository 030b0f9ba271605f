"""What a change to an account needs: a recent proof, and that a way in remains.

Both are asked under the lock of the person's row.
"""

from enum import Enum

from app.core import clock
from app.core.context import Context
from app.core.mfa import factors as core_factors
from app.core.mfa import policy, proofs
from app.core.mfa.errors import (
    LastSecondFactor,
    LastWayIn,
    SecondFactorRequired,
    StepUpRequired,
)
from app.core.mfa.factors import Factors
from app.core.mfa.policy import Standing
from app.core.mfa.proofs import Proved
from app.errors import SessionRequired
from app.settings import Settings

_ENROLLING_AGE = 10 * clock.MINUTE  # of the password, whatever STEP_UP_AGE is


class Guard(Enum):
    """What a change needs: the proof of which factor has to be recent."""

    NONE = "none"
    WHOLE = "whole"  # no proof, but a session that does not only serve to enrol
    # The second factor's where the account has one, else the first's.
    RECENT = "recent"
    # The same, and it may be done by a session that only serves to enrol.
    ENROLS = "enrols"
    # It was recent when an act of two requests began, and has not become void since.
    BEGUN = "begun"
    # Either factor's: who has lost the phone must be able to.
    EITHER = "either"


def check(guard: Guard, user_id: str, proved: Proved | None, *, context: Context) -> None:
    """Raise unless the caller's proof is good for the change.

    `proved` is that of the caller's session, None if there is none: a command may do
    all, an API token only what it could do before there was MFA. Raises
    `StepUpRequired`, `SecondFactorRequired`, `SessionRequired`.
    """
    caller, settings = context.caller, context.settings
    if guard is Guard.NONE or caller.is_command:
        return
    if proved is None:
        if guard is Guard.WHOLE:
            return
        if caller.api_token and settings.mfa_policy == "optional" and not settings.step_up_age:
            return
        raise SessionRequired
    found = core_factors.of_user(user_id, settings)
    standing = policy.standing(proved, lambda: found, settings)
    if standing.enrols_only and guard not in (Guard.ENROLS, Guard.BEGUN):
        raise SecondFactorRequired
    either = guard is Guard.EITHER
    if guard is Guard.BEGUN:
        due = is_void(proved, found, standing, settings)
    else:
        due = is_due(proved, found, standing, settings, either=either)
    if due and guard is not Guard.WHOLE:
        raise StepUpRequired(ways(proved, found, either=either), age_of(standing, settings))


def is_recent(guard: Guard, user_id: str, *, guarded: bool, context: Context) -> bool:
    """Return whether an act of two requests could be done now; it then may at its end.

    With `guarded`, raises what check() raises if it could not.
    """
    session = context.caller.session
    try:
        check(guard, user_id, session and proofs.of_session(session), context=context)
    except (StepUpRequired, SessionRequired):
        if guarded:
            raise
        return False
    return True


def is_due(
    proved: Proved, found: Factors, standing: Standing, settings: Settings, *, either: bool = False
) -> bool:
    """Return whether the session's proof is too old for a guarded act."""
    age = age_of(standing, settings) * clock.SECOND
    if not age:
        return False
    if not found.second:
        times = [proved.first_at]
    else:
        times = [proved.second_at, *([proved.first_at] if either else [])]
    now = clock.now()
    return not any(at is not None and now - age <= at <= now + proofs.AHEAD for at in times)


def is_void(proved: Proved, found: Factors, standing: Standing, settings: Settings) -> bool:
    """Return whether what the session had proved is void: a factor was removed."""
    if not age_of(standing, settings):
        return False
    return (proved.second_at if found.second else proved.first_at) is None


def age_of(standing: Standing, settings: Settings) -> int:
    """Return how many seconds old the proof may be; 0: it does not matter.

    Who enrols because the policy requires it must have typed the password lately, since
    until then it decides alone; a link is proof enough for what it is for.
    """
    if standing is Standing.RECOVERING:
        return 0
    if standing is Standing.ENROLLING:
        longest = _ENROLLING_AGE // clock.SECOND
        return min(settings.step_up_age or longest, longest)
    return settings.step_up_age


def ways(proved: Proved, found: Factors, *, either: bool = False) -> tuple[str, ...]:
    """Return by what a session can prove again what a guarded act needs.

    These end the refusal; others would not.
    """
    password = found.password and (either or not found.second or proved.password_completes)
    recovery = found.second and found.recovery_codes and proved.may_use_recovery_code
    return _named(passkey=found.passkeys, totp=found.totp, recovery=recovery, password=password)


def second_ways(proved: Proved, found: Factors) -> tuple[str, ...]:
    """Return what can be the second step of a sign-in whose first is `proved`.

    After a passkey it is no passkey: nothing counts twice.
    """
    by_password = "pwd" in proved.methods
    return _named(
        passkey=by_password and found.passkeys,
        totp=found.totp,
        recovery=found.recovery_codes and proved.may_use_recovery_code,
        password=not by_password and found.password,
    )


def _named(**offered: object) -> tuple[str, ...]:
    return tuple(name for name, there in offered.items() if there)


def check_removal(before: Factors, after: Factors, settings: Settings) -> None:
    """Raise `LastWayIn` or `LastSecondFactor` if what was removed must stay.

    What was of no use before, such as a passkey of another RP id, may always go.
    """
    if before.ways_in and not after.ways_in:
        raise LastWayIn
    if settings.mfa_policy == "required" and before.second and not after.second:
        raise LastSecondFactor
