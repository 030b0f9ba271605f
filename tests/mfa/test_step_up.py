"""Guarded acts need a recent proof, of the session's own user, in this very session."""

from typing import Any

import pytest

from app.core import administration, api_tokens, passkeys, session_ends
from app.core.mfa.errors import StepUpRequired
from app.storage.models import User
from tests.authenticator import Authenticator
from tests.conftest import MakeApp
from tests.mfa.people import (
    CODES,
    TOTP_PATH,
    code,
    fresh,
    given,
    make_codes,
    refusal,
    second,
    second_by_passkey,
    turn_on,
    verify,
    verify_by_passkey,
)
from tests.people import API, ORIGIN, PASSKEYS, Person

OLD = 601  # seconds: older than ten minutes
NEW_PASSWORD = {"password": "another good password"}


def guarded(person: Person) -> dict[str, tuple[str, str, Any]]:
    """Return the guarded acts of our pages' API."""
    passkey = person.passkeys()[0]["id"] if person.passkeys() else "x"
    return {
        "passkey begun": ("GET", f"{PASSKEYS}/options", None),
        "passkey removed": ("DELETE", f"{PASSKEYS}/{passkey}", None),
        "app offered": ("POST", f"{TOTP_PATH}/offer", None),
        "app removed": ("DELETE", TOTP_PATH, None),
        "codes made": ("POST", CODES, None),
        "password changed": ("POST", f"{API}/password", NEW_PASSWORD),
        "password removed": ("DELETE", f"{API}/password", None),
        "always asks": ("PATCH", f"{API}/security", {"always_asks": True}),
    }


ACTS = [
    *("passkey begun", "passkey removed", "app removed", "codes made"),
    *("password changed", "password removed", "always asks"),
]


@pytest.mark.parametrize("act", ACTS)
def test_an_old_proof_does_not_do(mira: Person, clock: Any, act: str) -> None:
    mira.add_passkey()
    turn_on(mira)
    make_codes(mira, saved=True)
    method, path, body = guarded(mira)[act]
    clock.shift(OLD)
    refused = mira.call(method, path, body)
    assert refusal(refused) == (403, "step_up_required")
    assert refused.json["verify"] == {"methods": ["passkey", "totp", "recovery"], "age": 600}
    given(verify_by_passkey(mira))
    given(mira.call(method, path, body))


def test_offering_an_app_needs_a_recent_proof(mira: Person, clock: Any) -> None:
    clock.shift(OLD)
    refused = mira.post(f"{TOTP_PATH}/offer")
    assert refusal(refused) == (403, "step_up_required")
    assert refused.json["verify"]["methods"] == ["password"]
    given(verify(mira, password=mira.password))
    turn_on(mira)


@pytest.mark.parametrize("age", ["0", "1d"])
def test_the_age_is_the_setting(make_app: MakeApp, clock: Any, age: str) -> None:
    mira = Person(make_app(STEP_UP_AGE=age), "mira").set_up()
    clock.shift(86400)
    given(mira.get(f"{PASSKEYS}/options"))
    clock.shift(1)
    wanted = 200 if age == "0" else 403
    assert mira.get(f"{PASSKEYS}/options").status_code == wanted


def test_the_password_does_not_do_where_there_is_a_second_factor(mira: Person, clock: Any) -> None:
    mira.add_passkey()
    clock.shift(OLD)
    other = fresh(mira)
    given(other.log_in())
    assert refusal(other.get(f"{PASSKEYS}/options")) == (403, "step_up_required")
    given(verify(other, password=mira.password))  # it serves to end sessions, say
    assert refusal(other.get(f"{PASSKEYS}/options")) == (403, "step_up_required")
    given(verify_by_passkey(other))
    given(other.get(f"{PASSKEYS}/options"))


def test_renaming_and_signing_out_are_free(mira: Person, clock: Any) -> None:
    mira.add_passkey()
    clock.shift(OLD)
    given(mira.rename(mira.passkeys()[0]["id"], "Phone"))
    given(mira.log_out())


def test_the_current_password_counts_in_the_act_itself(mira: Person, clock: Any) -> None:
    turn_on(mira)
    clock.shift(OLD)
    wrong = NEW_PASSWORD | {"current_password": "not hers at all"}
    assert refusal(mira.post(f"{API}/password", wrong)) == (400, "wrong_password")
    right = NEW_PASSWORD | {"current_password": mira.password}
    given(mira.post(f"{API}/password", right))


def test_a_step_up_leaves_a_copied_cookie_behind_and_keeps_the_session(
    mira: Person, clock: Any, rows: Any
) -> None:
    [(before,)] = rows("SELECT id FROM sessions")
    thief = fresh(mira)
    cookie = mira.browser.get_cookie("passline_session")
    assert cookie
    thief.browser.set_cookie("passline_session", cookie.value)
    assert thief.signed_in()
    clock.shift(OLD)
    given(verify(mira, password=mira.password))
    assert rows("SELECT id FROM sessions") == [(before,)]
    assert mira.signed_in()
    assert not thief.signed_in()


def test_adding_a_factor_leaves_it_behind_too(mira: Person) -> None:
    thief = fresh(mira)
    cookie = mira.browser.get_cookie("passline_session")
    assert cookie
    thief.browser.set_cookie("passline_session", cookie.value)
    mira.add_passkey()
    assert not thief.signed_in()


def test_a_further_factor_changes_no_token_so_that_a_lost_answer_signs_nobody_out(
    mira: Person,
) -> None:
    mira.add_passkey("one")
    before = mira.browser.get_cookie("passline_session")
    mira.add_passkey("two")
    turn_on(mira)
    assert mira.browser.get_cookie("passline_session") == before


@pytest.mark.parametrize("wrong", ["password", "code", "recovery_code"])
def test_ten_wrong_proofs_in_a_row_end_the_session(mira: Person, wrong: str) -> None:
    turn_on(mira)
    given(verify(mira, recovery_code=make_codes(mira)[0]))
    words = {"password": "wrong_password", "code": "code_wrong", "recovery_code": None}
    for _ in range(9):
        answer = verify(mira, **{wrong: "000000"})
        assert answer.status_code == 400
        assert words[wrong] in (None, refusal(answer)[1])
    assert mira.signed_in()
    verify(mira, **{wrong: "000000"})
    assert not mira.signed_in()


def test_a_right_proof_starts_the_row_anew(mira: Person) -> None:
    for _ in range(2):
        for _ in range(9):
            verify(mira, password="not hers at all")
        given(verify(mira, password=mira.password))
    assert mira.signed_in()


def test_ten_wrong_answers_end_a_sign_in(mira: Person, clock: Any) -> None:
    secret, _ = turn_on(mira)
    phone = fresh(mira)
    given(phone.log_in())
    for _ in range(10):
        assert refusal(second(phone, recovery_code="0" * 24)) == (400, "recovery_code_wrong")
    clock.shift(30)
    assert refusal(second(phone, code=code(secret))) == (400, "sign_in_unknown")


def test_a_proof_of_another_person_is_none(mira: Person) -> None:
    mira.add_passkey()
    bob = Person(mira.app, "bob").added_by_hand()
    bob.add_passkey()
    options = given(mira.get(f"{API}/verify/options"))["options"]
    response = bob.authenticator.get(
        options | {"allowCredentials": []},
        origin=ORIGIN,
        credential=bob.authenticator.credentials[0],
    )
    assert refusal(verify(mira, response=response)) == (400, "sign_in_refused")


def test_a_proof_of_another_session_is_none(mira: Person) -> None:
    mira.add_passkey()
    other = fresh(mira)
    given(other.sign_in())
    options = given(other.get(f"{API}/verify/options"))["options"]
    response = mira.authenticator.get(options, origin=ORIGIN)
    assert refusal(verify(mira, response=response)) == (400, "challenge_unknown")


def test_a_step_up_challenge_signs_nobody_in_and_the_reverse(mira: Person) -> None:
    mira.add_passkey()
    stepping = given(mira.get(f"{API}/verify/options"))["options"]
    phone = fresh(mira)
    signing = phone.request_options()
    swapped = mira.authenticator.get(stepping, origin=ORIGIN)
    assert refusal(phone.finish_sign_in(swapped)) == (400, "challenge_unknown")
    swapped = mira.authenticator.get(signing, origin=ORIGIN)
    assert refusal(verify(mira, response=swapped)) == (400, "challenge_unknown")


def test_a_challenge_of_a_second_step_serves_nothing_else(mira: Person) -> None:
    mira.add_passkey()
    given(mira.call("PATCH", f"{API}/security", {"always_asks": True}))
    phone = fresh(mira)
    given(phone.log_in())
    options = given(phone.get(f"{API}/sign-in/second/options"))["options"]
    response = mira.authenticator.get(options, origin=ORIGIN)
    assert refusal(phone.finish_sign_in(response)) == (400, "challenge_unknown")
    given(second_by_passkey(phone))


def test_a_response_confirms_once(mira: Person) -> None:
    mira.add_passkey()
    options = given(mira.get(f"{API}/verify/options"))["options"]
    response = mira.authenticator.get(options, origin=ORIGIN)
    given(verify(mira, response=response))
    assert refusal(verify(mira, response=response)) == (400, "challenge_unknown")


def test_a_ceremony_that_takes_long_passes_if_the_proof_was_fresh_as_it_began(
    make_app: MakeApp, clock: Any
) -> None:
    mira = Person(make_app(STEP_UP_AGE="1s"), "mira").set_up()
    options = mira.creation_options()
    clock.shift(20)
    created = mira.authenticator.create(options, origin=ORIGIN)
    given(mira.finish_registration(created))


def test_the_clock_of_an_hour_ago_signs_nobody_out_and_makes_no_proof_recent(
    mira: Person, clock: Any
) -> None:
    clock.shift(-3600)
    assert mira.signed_in()
    assert refusal(mira.get(f"{PASSKEYS}/options")) == (403, "step_up_required")
    given(verify(mira, password=mira.password))
    given(mira.get(f"{PASSKEYS}/options"))


@pytest.mark.parametrize("removed", ["passkey", "app"])
def test_removing_a_factor_voids_what_other_sessions_have_proved(
    mira: Person, clock: Any, removed: str, rows: Any
) -> None:
    mira.add_passkey("keeps")
    secret, _ = turn_on(mira)
    mira.add_passkey("goes")
    a, b, c = mira, fresh(mira), fresh(mira)
    goes = mira.authenticator.credentials[-1]
    given(
        b.finish_sign_in(
            mira.authenticator.get(b.request_options(), origin=ORIGIN, credential=goes)
        )
    )
    clock.shift(30)
    given(c.log_in())
    given(second(c, code=code(secret)))
    given(c.get(f"{PASSKEYS}/options"))
    if removed == "passkey":
        [gone] = [each["id"] for each in a.passkeys() if each["name"] == "goes"]
        given(a.delete(gone))
    else:
        given(a.call("DELETE", TOTP_PATH))
    assert b.signed_in() == (removed == "app")  # the passkey had begun it
    assert refusal(c.get(f"{PASSKEYS}/options")) == (403, "step_up_required")
    given(a.get(f"{PASSKEYS}/options"))


@pytest.mark.parametrize("begun", ["passkey", "app"])
def test_what_another_session_began_is_not_finished_once_a_factor_was_removed(
    mira: Person, clock: Any, begun: str
) -> None:
    mira.add_passkey("stays")
    mira.add_passkey("goes")
    thief = fresh(mira)
    given(thief.log_in())
    given(verify_by_passkey(thief))
    options = thief.creation_options()
    secret = given(thief.post(f"{TOTP_PATH}/offer"))["secret"]
    [gone] = [each["id"] for each in mira.passkeys() if each["name"] == "goes"]
    given(mira.delete(gone))
    given(verify(thief, password=mira.password))  # which is no second factor
    if begun == "passkey":
        created = Authenticator().create(options | {"excludeCredentials": []}, origin=ORIGIN)
        answer = thief.finish_registration(created)
    else:
        answer = thief.post(TOTP_PATH, {"code": code(secret)})
    assert refusal(answer) == (403, "step_up_required")


@pytest.mark.zipline
def test_a_secret_that_was_offered_before_the_proof_is_replaced_by_it(
    mira: Person, clock: Any
) -> None:
    clock.shift(OLD)
    known = given(mira.get("/api/user/mfa/totp"))["secret"]
    given(verify(mira, password=mira.password))
    assert refusal(mira.post(TOTP_PATH, {"code": code(known)})) == (400, "secret_not_offered")
    assert given(mira.post(f"{TOTP_PATH}/offer"))["secret"] != known


def test_changing_the_password_by_the_password_grants_no_new_tries(
    mira: Person, clock: Any
) -> None:
    turn_on(mira)
    thief = fresh(mira)
    cookie = mira.browser.get_cookie("passline_session")
    assert cookie
    thief.browser.set_cookie("passline_session", cookie.value)
    for _ in range(9):
        assert refusal(verify(thief, code="000000")) == (400, "code_wrong")
    body = {"password": "another good password", "current_password": mira.password}
    given(thief.post(f"{API}/password", body))
    assert refusal(verify(thief, code="000000")) == (400, "code_wrong")
    assert not thief.signed_in()


def test_a_session_by_password_ends_others_and_replaces_the_token(mira: Person, clock: Any) -> None:
    turn_on(mira)
    clock.shift(OLD)
    with mira.app.app_context():
        found = administration.find("mira")
        for act in (
            lambda: api_tokens.replace(found, context=mira.context()),
            lambda: session_ends.end_all_others(found, current=None, context=mira.context()),
        ):
            with pytest.raises(StepUpRequired):
                act()
        given(verify(mira, password=mira.password))
        api_tokens.replace(found, context=mira.context())
        with pytest.raises(StepUpRequired):
            passkeys.delete(found, "c1", context=mira.context())
        current = mira.context().caller.session_id
        session_ends.end_all_others(found, current=current, context=mira.context())


def test_a_passkey_of_an_account_with_a_name_that_is_read_alike_is_no_proof(
    mira: Person,
) -> None:
    mira.add_passkey()
    bob = Person(mira.app, "bob").added_by_hand()
    bob.add_passkey()
    # Migration 0005 has left such names.
    User.update(username="Mira").where(User.username == "bob").execute()
    options = given(mira.get(f"{API}/verify/options"))["options"]
    response = bob.authenticator.get(
        options | {"allowCredentials": []},
        origin=ORIGIN,
        credential=bob.authenticator.credentials[0],
    )
    assert refusal(verify(mira, response=response)) == (400, "sign_in_refused")


def test_exactly_one_proof_is_sent(mira: Person) -> None:
    for body in ({}, {"code": "1", "password": "x"}, {"response": None}):
        assert refusal(mira.post(f"{API}/verify", body)) == (400, "invalid_input")
        assert refusal(mira.post(f"{API}/sign-in/second", body)) == (400, "invalid_input")
