"""The table from which all is derived: what each proof adds, and what it never does."""

import pytest

from app.core.mfa.proofs import Proved, of_row

THEN, NOW = 1_000, 2_000
PASSWORD = Proved(("pwd",), THEN)
PASSKEY = Proved(("hwk", "user"), THEN)  # without user verification
LINK = Proved(("link",))


def key(proved: Proved, *, verified: bool, kind: str = "hwk") -> Proved:
    return proved.with_passkey(NOW, key=kind, user_verified=verified)


@pytest.mark.parametrize(
    ("proved", "wanted"),
    [
        (Proved().with_password(NOW), (("pwd",), NOW, None)),
        (PASSKEY.with_password(NOW), (("hwk", "user", "pwd"), NOW, NOW)),
        (key(Proved(), verified=True), (("hwk", "user"), NOW, NOW)),
        (key(Proved(), verified=True, kind="swk"), (("swk", "user"), NOW, NOW)),
        (key(Proved(), verified=False), (("hwk", "user"), NOW, None)),
        (key(PASSWORD, verified=False), (("pwd", "hwk"), THEN, NOW)),
        (key(PASSWORD, verified=True), (("pwd", "hwk", "user"), NOW, NOW)),
        (PASSWORD.with_totp(NOW), (("pwd", "otp"), THEN, NOW)),
        (PASSKEY.with_totp(NOW), (("hwk", "user", "otp"), THEN, NOW)),
        (PASSWORD.with_recovery_code(NOW), (("pwd", "recovery"), THEN, NOW)),
        (PASSKEY.with_recovery_code(NOW), (("hwk", "user", "recovery"), THEN, NOW)),
        (Proved().with_recovery_code(NOW), (("recovery",), NOW, None)),
        (Proved().with_link(), (("link",), None, None)),
        (key(LINK, verified=True), (("link", "hwk", "user"), NOW, NOW)),
        (LINK.with_totp(NOW), (("link", "otp"), None, NOW)),
    ],
)
def test_each_proof_adds_what_the_table_says(proved: Proved, wanted: tuple[object, ...]) -> None:
    assert tuple(proved) == wanted


def test_the_same_passkey_without_user_verification_is_never_both_steps() -> None:
    assert key(key(PASSKEY, verified=False), verified=False).second_at is None


def test_the_password_again_is_no_second_step() -> None:
    assert PASSWORD.with_password(NOW).second_at is None


def test_a_second_step_by_passkey_is_not_made_recent_by_the_password() -> None:
    both = PASSWORD.with_passkey(THEN, key="hwk", user_verified=False)
    assert both.with_password(NOW).second_at == THEN


def test_once_a_factor_was_removed_the_password_completes_nothing() -> None:
    void = Proved(("hwk", "user"), None, None)
    assert void.with_password(NOW) == Proved(("hwk", "user", "pwd"), NOW, None)


def test_not_even_where_it_is_typed_twice() -> None:
    void = Proved(("hwk", "user"), None, None)
    assert void.with_password(THEN).with_password(NOW).second_at is None


def test_the_password_completes_nothing_but_a_passkey() -> None:
    assert Proved(("recovery",), THEN).with_password(NOW).second_at is None


def test_the_password_does_not_make_a_second_step_recent_that_was_done() -> None:
    verified = Proved().with_passkey(THEN, key="swk", user_verified=True)
    assert verified.with_password(NOW).second_at == THEN


@pytest.mark.parametrize(
    "proved", [LINK, Proved(("recovery",), THEN), PASSWORD.with_recovery_code(THEN)]
)
def test_no_recovery_code_counts_after_a_recovery_code_or_a_link(proved: Proved) -> None:
    assert not proved.may_use_recovery_code
    assert proved.with_recovery_code(NOW).second_at == proved.second_at


def test_mfa_is_said_where_a_second_factor_was_proved_and_not_stored() -> None:
    assert PASSWORD.amr == ("pwd",)
    assert PASSWORD.with_totp(NOW).amr == ("pwd", "otp", "mfa")
    assert of_row("hwk user mfa", THEN, THEN).methods == ("hwk", "user")


def test_a_link_and_a_recovery_code_are_substitutes() -> None:
    assert LINK.by_substitute_only
    assert Proved().with_recovery_code(NOW).by_substitute_only
    assert not PASSWORD.with_recovery_code(NOW).by_substitute_only
    assert not Proved().by_substitute_only
