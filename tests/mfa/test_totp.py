"""The authenticator app: turned on, used once a code, and turned off."""

from typing import Any

import pytest

from app.core import clock as core_clock
from app.storage.models import Totp
from tests.conftest import MakeApp
from tests.mfa.people import (
    TOTP_PATH,
    code,
    fresh,
    given,
    refusal,
    second,
    security,
    turn_on,
    verify,
)
from tests.people import API, Person


def test_the_app_is_turned_on_by_its_first_code_and_asked_at_the_next_sign_in(
    mira: Person, clock: Any
) -> None:
    secret, made = turn_on(mira)
    assert len(made) == 10
    assert security(mira)["factors"]["totp"] is True
    phone = fresh(mira)
    clock.shift(30)
    step = given(phone.log_in())["second_step"]
    assert step == {"username": "mira", "methods": ["totp", "recovery"]}
    assert not phone.signed_in()
    given(second(phone, code=code(secret)))
    assert phone.signed_in()


def test_the_offer_is_the_same_for_ten_minutes_and_another_in_another_session(
    mira: Person, clock: Any
) -> None:
    first = given(mira.post(f"{TOTP_PATH}/offer"))
    clock.shift(599)
    assert given(mira.post(f"{TOTP_PATH}/offer"))["secret"] == first["secret"]
    other = fresh(mira)
    given(other.log_in())
    assert given(other.post(f"{TOTP_PATH}/offer"))["secret"] != first["secret"]
    clock.shift(2)
    given(verify(mira, password=mira.password))
    assert given(mira.post(f"{TOTP_PATH}/offer"))["secret"] != first["secret"]
    assert first["qr_code"].startswith("data:image/png;base64,")


def test_the_code_of_another_sessions_offer_turns_nothing_on(mira: Person) -> None:
    secret = given(mira.post(f"{TOTP_PATH}/offer"))["secret"]
    other = fresh(mira)
    given(other.log_in())
    assert refusal(other.post(TOTP_PATH, {"code": code(secret)})) == (400, "secret_not_offered")


def test_an_offer_that_timed_out_turns_nothing_on(mira: Person, clock: Any) -> None:
    secret = given(mira.post(f"{TOTP_PATH}/offer"))["secret"]
    clock.shift(601)
    assert refusal(mira.post(TOTP_PATH, {"code": code(secret)})) == (400, "secret_not_offered")


@pytest.mark.parametrize(
    "wrong", ["000000", "12345", "1234567", "abcdef", "", "１２３４５６", "\0" * 6]
)
def test_what_is_no_code_turns_nothing_on(mira: Person, wrong: str) -> None:
    given(mira.post(f"{TOTP_PATH}/offer"))
    assert refusal(mira.post(TOTP_PATH, {"code": wrong})) == (400, "code_wrong")
    assert security(mira)["factors"]["totp"] is False


def test_a_second_app_is_refused(mira: Person) -> None:
    turn_on(mira)
    assert refusal(mira.post(f"{TOTP_PATH}/offer")) == (400, "totp_is_on")


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_one_step_of_drift_is_allowed(mira: Person, clock: Any, steps: int) -> None:
    secret, _ = turn_on(mira)
    clock.shift(90)
    mira.log_in()
    given(second(mira, code=code(secret, steps=steps)))


@pytest.mark.parametrize("steps", [-2, 2])
def test_two_steps_of_drift_are_not(mira: Person, clock: Any, steps: int) -> None:
    secret, _ = turn_on(mira)
    clock.shift(120)
    mira.log_in()
    assert refusal(second(mira, code=code(secret, steps=steps))) == (400, "code_wrong")


def test_spaces_in_a_code_are_forgiven(mira: Person, clock: Any) -> None:
    secret, _ = turn_on(mira)
    clock.shift(30)
    mira.log_in()
    typed = code(secret)
    given(second(mira, code=f" {typed[:3]} {typed[3:]} "))


def test_a_code_is_good_once_and_no_earlier_one_after_it(mira: Person, clock: Any) -> None:
    secret, _ = turn_on(mira)
    clock.shift(90)
    for typed in (code(secret), code(secret), code(secret, steps=-1)):
        mira.log_in()
        answer = second(mira, code=typed)
        if typed == code(secret) and answer.status_code == 200:
            continue
        assert refusal(answer) == (400, "code_wrong")


def test_the_code_that_turned_it_on_does_not_sign_in(mira: Person) -> None:
    secret, _ = turn_on(mira)
    mira.log_in()
    assert refusal(second(mira, code=code(secret))) == (400, "code_wrong")


def test_after_the_clock_went_back_a_code_works_at_once(mira: Person, clock: Any) -> None:
    secret, _ = turn_on(mira)
    clock.shift(-3600)
    mira.log_in()
    given(second(mira, code=code(secret)))


def test_a_wrong_password_leaves_the_code_good(mira: Person, clock: Any) -> None:
    secret, _ = turn_on(mira)
    clock.shift(30)
    assert refusal(mira.log_in("not hers at all")) == (400, "wrong_password")
    mira.log_in()
    given(second(mira, code=code(secret)))


def test_the_app_is_turned_off_and_the_codes_go_with_the_last_factor(mira: Person) -> None:
    turn_on(mira)
    given(mira.call("DELETE", TOTP_PATH))
    found = security(mira)["factors"]
    assert (found["totp"], found["recovery_codes"]) == (False, 0)
    assert refusal(mira.call("DELETE", TOTP_PATH)) == (400, "totp_is_off")
    assert "user" in given(fresh(mira).log_in())


def test_the_codes_stay_while_there_is_a_passkey(mira: Person) -> None:
    mira.add_passkey()
    turn_on(mira)
    given(mira.call("DELETE", TOTP_PATH))
    assert security(mira)["factors"]["recovery_codes"] == 10


def test_where_it_is_required_the_last_factor_stays(make_app: MakeApp, clock: Any) -> None:
    mira = Person(make_app(MFA_POLICY="required"), "mira").set_up()
    turn_on(mira)
    assert refusal(mira.call("DELETE", TOTP_PATH)) == (400, "last_second_factor")
    mira.add_passkey()
    given(mira.call("DELETE", TOTP_PATH))


def test_another_secret_key_lets_nobody_in_by_password_alone(
    mira: Person, clock: Any, rows: Any
) -> None:
    secret, made = turn_on(mira)
    rows_before = rows("SELECT secret_sealed FROM totps")
    sealed = bytes(rows_before[0][0])
    assert secret.encode() not in sealed
    Totp.update(secret_sealed=bytes([*sealed[:-1], sealed[-1] ^ 1])).execute()
    clock.shift(30)
    phone = fresh(mira)
    assert given(phone.log_in())["second_step"]["methods"] == ["totp", "recovery"]
    assert refusal(second(phone, code=code(secret))) == (400, "code_wrong")
    given(second(phone, recovery_code=made[0]))


def failures(person: Person, number: int) -> None:
    """Type so many wrong codes at sign-ins whose password was right."""
    for _ in range(number):
        given(person.log_in())
        assert refusal(second(person, code="000000")) == (400, "code_wrong")


def test_ten_wrong_codes_are_free_and_then_each_waits_longer(mira: Person, clock: Any) -> None:
    turn_on(mira)
    phone = fresh(mira)
    failures(phone, 10)
    for seconds in (1, 2, 4, 8):
        failures(phone, 1)
        given(phone.log_in())
        answer = second(phone, code="000000")
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == str(seconds)
        clock.shift(seconds)


def test_a_right_code_or_password_clears_nothing(mira: Person, clock: Any) -> None:
    secret, _ = turn_on(mira)
    phone = fresh(mira)
    failures(phone, 10)
    clock.shift(30)
    given(phone.log_in())
    given(second(phone, code=code(secret)))
    failures(phone, 1)
    given(phone.log_in())
    assert second(phone, code="000000").status_code == 429


def test_a_day_without_a_wrong_code_clears_them_also_where_right_ones_come(
    mira: Person, clock: Any
) -> None:
    secret, _ = turn_on(mira)
    phone = fresh(mira)
    failures(phone, 10)
    clock.shift(86400 - 60)
    given(phone.log_in())
    given(second(phone, code=code(secret)))  # it does not make the day start anew
    clock.shift(61)
    failures(phone, 10)


def test_a_new_password_clears_them(mira: Person, clock: Any) -> None:
    turn_on(mira)
    phone = fresh(mira)
    failures(phone, 11)
    mira.password = phone.password = "another good password"
    given(mira.post(f"{API}/password", {"password": mira.password}))
    failures(phone, 10)


def test_wrong_codes_at_sign_ins_do_not_delay_the_session_of_the_owner(
    mira: Person, clock: Any
) -> None:
    secret, _ = turn_on(mira)
    phone = fresh(mira)
    failures(phone, 10)
    for seconds in (1, 2, 4, 8, 16, 32):
        failures(phone, 1)
        clock.shift(seconds)
    failures(phone, 1)  # the next has to wait for a minute
    given(verify(mira, code=code(secret)))
    given(phone.log_in())
    assert second(phone, code="000000").status_code == 429


def test_what_is_no_code_counts_as_none(mira: Person, clock: Any) -> None:
    secret, _ = turn_on(mira)
    phone = fresh(mira)
    for wrong in ("1234567", "12345678", "12345", "x") * 3:
        given(phone.log_in())
        assert refusal(second(phone, code=wrong)) == (400, "code_wrong")
    clock.shift(30)
    given(phone.log_in())
    given(second(phone, code=code(secret)))


def test_after_ten_wrong_codes_the_person_is_told(mira: Person, rows: Any) -> None:
    turn_on(mira)
    failures(fresh(mira), 10)
    query = "SELECT count(*) FROM audit_events WHERE event = 'account:totp:many_wrong_codes'"
    assert rows(query) == [(1,)]


def test_of_a_million_codes_on_a_day_45_are_judged(mira: Person, clock: Any) -> None:
    turn_on(mira)
    person = fresh(mira)
    end, judged = core_clock.now() + core_clock.DAY, 0
    while core_clock.now() < end:
        given(person.log_in())
        answer = second(person, code="000000")
        if answer.status_code == 429:
            clock.shift(int(answer.headers["Retry-After"]))
        else:
            judged += 1
    assert judged == 45


def test_the_policy_may_be_asked_for_always(mira: Person, clock: Any) -> None:
    assert refusal(mira.call("PATCH", f"{API}/security", {"always_asks": True})) == (
        400,
        "no_second_factor",
    )
    mira.add_passkey()
    assert "user" in given(fresh(mira).log_in())
    given(mira.call("PATCH", f"{API}/security", {"always_asks": True}))
    assert given(fresh(mira).log_in())["second_step"]["methods"] == ["passkey"]
    mira.delete(mira.passkeys()[0]["id"])
    assert "user" in given(fresh(mira).log_in())
