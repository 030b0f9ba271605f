"""When a second step is due, what a session may do, and how old its proof may be."""

from typing import Any

import pytest
import time_machine

from app.core import clock
from app.core.context import Caller, Context
from app.core.mfa import guards
from app.core.mfa.errors import LastSecondFactor, LastWayIn
from app.core.mfa.factors import Factors
from app.core.mfa.policy import Standing, second_step_due, standing
from app.core.mfa.proofs import Proved
from tests.core.ceremonies import settings

NOTHING = Factors(True, False, 0, 0, 0, 0, False)  # but a password
TOTP = NOTHING._replace(totp=True)
PASSKEY = NOTHING._replace(passkeys=1, verified_passkeys=1)
CODES = NOTHING._replace(recovery_codes=10, saved_codes=10)
NOW = 1_800_000_000_000
MINUTE = clock.MINUTE


@pytest.mark.parametrize(
    ("policy", "found", "due"),
    [
        ("optional", NOTHING, False),
        ("optional", PASSKEY, False),
        ("optional", CODES, False),
        ("optional", TOTP, True),
        ("optional", PASSKEY._replace(always_asks=True), True),
        ("optional", NOTHING._replace(always_asks=True), False),
        ("enrolled", NOTHING, False),
        ("enrolled", CODES, False),
        ("enrolled", PASSKEY, True),
        ("enrolled", TOTP, True),
        ("required", NOTHING, False),
        ("required", PASSKEY, True),
        ("required", TOTP, True),
    ],
)
def test_a_second_step_is_due_where_the_policy_says(policy: Any, found: Factors, due: bool) -> None:
    assert second_step_due(found, settings(mfa_policy=policy)) == due


PWD, FULL = Proved(("pwd",), NOW), Proved(("pwd", "otp"), NOW, NOW)
LINK, CODE = Proved(("link",)), Proved(("recovery",), NOW)


@pytest.mark.parametrize(
    ("policy", "proved", "found", "wanted"),
    [
        ("optional", PWD, TOTP, Standing.WHOLE),
        ("optional", PWD, NOTHING, Standing.WHOLE),
        ("enrolled", PWD, NOTHING, Standing.WHOLE),
        ("enrolled", PWD, PASSKEY, Standing.REFUSED),
        ("required", PWD, TOTP, Standing.REFUSED),
        ("required", PWD, NOTHING, Standing.ENROLLING),
        *[(policy, FULL, TOTP, Standing.WHOLE) for policy in ("optional", "enrolled", "required")],
        *[
            (policy, proved, found, Standing.RECOVERING)
            for policy in ("optional", "enrolled", "required")
            for proved in (LINK, CODE)
            for found in (NOTHING, TOTP, PASSKEY)
        ],
    ],
)
def test_what_a_session_may_do_is_derived(
    policy: Any, proved: Proved, found: Factors, wanted: Standing
) -> None:
    assert standing(proved, lambda: found, settings(mfa_policy=policy)) is wanted


def due(proved: Proved, found: Factors, age: int = 600, **more: Any) -> bool:
    rules = settings(step_up_age=age, mfa_policy=more.pop("policy", "optional"))
    is_at = standing(proved, lambda: found, rules)
    with time_machine.travel(NOW / 1000, tick=False):
        return guards.is_due(proved, found, is_at, rules, **more)


def ago(first: int | None, second: int | None = None) -> Proved:
    """Return what was proved so many minutes ago."""
    return Proved(
        ("pwd",),
        None if first is None else NOW - first * MINUTE,
        None if second is None else NOW - second * MINUTE,
    )


@pytest.mark.parametrize(
    ("proved", "found", "wanted"),
    [
        (ago(9), NOTHING, False),
        (ago(10), NOTHING, False),
        (ago(11), NOTHING, True),
        (ago(None), NOTHING, True),
        (ago(1), TOTP, True),
        (ago(1), PASSKEY, True),
        (ago(99, 9), TOTP, False),
        (ago(1, 11), TOTP, True),
        (ago(-1), NOTHING, False),
        (ago(-2), NOTHING, True),  # the clock went back
        (ago(1, -2), TOTP, True),
    ],
)
def test_the_proof_of_the_second_factor_counts_where_there_is_one(
    proved: Proved, found: Factors, wanted: bool
) -> None:
    assert due(proved, found) == wanted
    assert not due(proved, found, age=0)


@pytest.mark.parametrize(
    ("proved", "wanted"), [(ago(1, 99), False), (ago(99, 1), False), (ago(99, 99), True)]
)
def test_either_factor_is_enough_for_who_has_lost_the_other(proved: Proved, wanted: bool) -> None:
    assert due(proved, TOTP, either=True) == wanted


@pytest.mark.parametrize("age", [0, 600, 86400])
def test_who_enrols_as_required_has_typed_the_password_in_the_last_ten_minutes(age: int) -> None:
    assert due(ago(11), NOTHING, age=age, policy="required")
    assert not due(ago(9), NOTHING, age=age, policy="required")


def test_who_enrols_as_required_may_have_less_time() -> None:
    assert due(ago(1), NOTHING, age=1, policy="required")


@pytest.mark.parametrize("policy", ["optional", "enrolled", "required"])
def test_a_link_is_proof_enough_to_enrol(policy: str) -> None:
    assert not due(LINK, TOTP, age=1, policy=policy)


WITH_ALL = PASSKEY._replace(totp=True, recovery_codes=3)


@pytest.mark.parametrize(
    ("proved", "found", "either", "wanted"),
    [
        (PWD, NOTHING, False, ("password",)),
        (PWD, WITH_ALL, False, ("passkey", "totp", "recovery")),
        (PWD, WITH_ALL, True, ("passkey", "totp", "recovery", "password")),
        (PWD.with_recovery_code(NOW), WITH_ALL, False, ("passkey", "totp")),
        (Proved(("hwk", "user"), NOW), PASSKEY, False, ("passkey", "password")),
        (PWD, PASSKEY._replace(password=False), True, ("passkey",)),
    ],
)
def test_only_proofs_are_offered_that_end_the_refusal(
    proved: Proved, found: Factors, either: bool, wanted: tuple[str, ...]
) -> None:
    assert guards.ways(proved, found, either=either) == wanted


@pytest.mark.parametrize(
    ("proved", "found", "wanted"),
    [
        (PWD, WITH_ALL, ("passkey", "totp", "recovery")),
        (PWD, PASSKEY, ("passkey",)),
        (Proved(("hwk", "user"), NOW), WITH_ALL, ("totp", "recovery", "password")),
        (Proved(("hwk", "user"), NOW), PASSKEY, ("password",)),
    ],
)
def test_the_second_step_is_never_what_the_first_was(
    proved: Proved, found: Factors, wanted: tuple[str, ...]
) -> None:
    assert guards.second_ways(proved, found) == wanted


BARE = NOTHING._replace(password=False)
ALONE = PASSKEY._replace(password=False)


@pytest.mark.parametrize(
    ("policy", "before", "after", "error"),
    [
        ("optional", ALONE, BARE, LastWayIn),
        ("optional", NOTHING, BARE, LastWayIn),
        ("optional", PASSKEY, NOTHING, None),
        ("optional", TOTP, NOTHING, None),
        ("enrolled", PASSKEY, NOTHING, None),
        ("required", PASSKEY, NOTHING, LastSecondFactor),
        ("required", TOTP, NOTHING, LastSecondFactor),
        ("required", TOTP._replace(passkeys=1), TOTP, None),
        ("required", NOTHING, NOTHING, None),
        ("optional", BARE, BARE, None),  # of no use before
    ],
)
def test_the_last_way_in_stays_and_the_last_second_factor_where_it_is_required(
    policy: Any, before: Factors, after: Factors, error: type[Exception] | None
) -> None:
    rules = settings(mfa_policy=policy)
    if error is None:
        guards.check_removal(before, after, rules)
    else:
        with pytest.raises(error):
            guards.check_removal(before, after, rules)


@pytest.mark.parametrize(
    ("verified", "saved", "wanted"),
    [(0, 10, False), (1, 0, False), (1, 1, True), (2, 0, True)],
)
def test_who_can_do_without_a_password(verified: int, saved: int, wanted: bool) -> None:
    found = PASSKEY._replace(verified_passkeys=verified, saved_codes=saved)
    assert found.can_do_without_password == wanted


def test_a_caller_without_a_session_is_no_command() -> None:
    stranger = Context(None, Caller("192.0.2.1", ""))  # type: ignore[arg-type]  # not needed
    assert not stranger.caller.is_command
