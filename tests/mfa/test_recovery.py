"""Losing devices: recovery codes, one-time links, and what their sessions may do."""

from typing import Any

import pytest

from app.core import administration, sessions
from app.core.context import Caller, Context
from app.core.mfa import recovery_codes
from app.core.mfa.errors import SecondFactorRequired
from app.core.sessions import Live
from tests.conftest import MakeApp
from tests.mfa.people import (
    CODES,
    by_link,
    code,
    fresh,
    given,
    link_for,
    make_codes,
    recover,
    refusal,
    second,
    security,
    turn_on,
    verify,
)
from tests.people import API, Person

POLICIES = pytest.mark.parametrize("policy", ["optional", "enrolled", "required"])


def test_a_recovery_code_is_a_second_step_once(mira: Person) -> None:
    _, made = turn_on(mira)
    phone = fresh(mira)
    given(phone.log_in())
    given(second(phone, recovery_code=made[0]))
    assert phone.signed_in()
    assert security(phone)["factors"]["recovery_codes"] == 9
    given(phone.log_in())
    assert refusal(second(phone, recovery_code=made[0])) == (400, "recovery_code_wrong")


def test_it_may_be_typed_as_a_code_in_any_case_with_and_without_dashes(mira: Person) -> None:
    _, made = turn_on(mira)
    for typed in (made[0].upper(), made[1].replace("-", " "), made[2].replace("1", "l")):
        phone = fresh(mira)
        given(phone.log_in())
        given(second(phone, code=typed))


@pytest.mark.parametrize("wrong", ["", "x", "0" * 24, "ö" * 24, "000000-000000-000000-00000\0"])
def test_another_text_is_no_recovery_code(mira: Person, wrong: str) -> None:
    turn_on(mira)
    phone = fresh(mira)
    given(phone.log_in())
    assert refusal(second(phone, recovery_code=wrong)) == (400, "recovery_code_wrong")


def test_a_code_of_another_person_is_wrong(mira: Person) -> None:
    turn_on(mira)
    bob = Person(mira.app, "bob").added_by_hand()
    _, of_bob = turn_on(bob)
    phone = fresh(mira)
    given(phone.log_in())
    assert refusal(second(phone, recovery_code=of_bob[0])) == (400, "recovery_code_wrong")


def test_a_new_set_replaces_the_old_one(mira: Person) -> None:
    _, made = turn_on(mira)
    new = make_codes(mira)
    assert len(set(made) | set(new)) == 20
    phone = fresh(mira)
    given(phone.log_in())
    assert refusal(second(phone, recovery_code=made[0])) == (400, "recovery_code_wrong")
    given(second(phone, recovery_code=new[0]))


def test_the_codes_have_120_bits_and_are_stored_as_digests(mira: Person, rows: Any) -> None:
    _, made = turn_on(mira)
    for each in made:
        assert recovery_codes.looks_like_one(each)
        assert len(each.replace("-", "")) == 24
    stored = b"".join(bytes(digest) for (digest,) in rows("SELECT digest FROM recovery_codes"))
    assert not any(each.replace("-", "").encode() in stored for each in made)


def test_there_are_none_without_a_second_factor(mira: Person) -> None:
    assert refusal(mira.post(CODES)) == (400, "no_second_factor")


def test_a_passkey_alone_makes_no_codes_that_nobody_saw(mira: Person) -> None:
    mira.add_passkey()
    assert security(mira)["factors"]["recovery_codes"] == 0


def without_password(person: Person) -> list[str]:
    """Remove the password of somebody with one passkey; return the recovery codes."""
    person.add_passkey()
    made = make_codes(person, saved=True)
    given(person.call("DELETE", f"{API}/password"))
    return made


def test_the_password_stays_until_the_loss_of_one_passkey_locks_nobody_out(mira: Person) -> None:
    assert refusal(mira.call("DELETE", f"{API}/password"))[1] == "password_needed"
    mira.add_passkey()
    made = make_codes(mira)
    assert refusal(mira.call("DELETE", f"{API}/password")) == (400, "password_needed")
    given(mira.post(f"{CODES}/saved"))
    given(mira.call("DELETE", f"{API}/password"))
    assert len(made) == 10
    assert refusal(fresh(mira).log_in()) == (400, "wrong_password")
    assert fresh(mira).sign_in().status_code == 200


def test_two_passkeys_do_without_a_password_too(mira: Person) -> None:
    mira.add_passkey("one")
    mira.add_passkey("two")
    given(mira.call("DELETE", f"{API}/password"))


def test_the_last_passkey_stays_where_there_is_no_password(mira: Person) -> None:
    without_password(mira)
    assert refusal(mira.delete(mira.passkeys()[0]["id"])) == (400, "last_way_in")
    assert len(mira.passkeys()) == 1


def test_without_a_password_a_passkey_without_user_verification_signs_nobody_in(
    make_app: MakeApp, clock: Any
) -> None:
    mira = Person(make_app(USER_VERIFICATION="preferred"), "mira").set_up()
    without_password(mira)
    phone = fresh(mira)
    phone.authenticator.user_verified = False
    assert refusal(phone.sign_in()) == (400, "user_not_verified")


def test_a_recovery_code_alone_lets_who_has_no_password_enrol(mira: Person) -> None:
    made = without_password(mira)
    lost = Person(mira.app, "mira")
    given(recover(lost, made[0]))
    assert security(lost)["standing"] == "recovering"
    assert refusal(lost.call("PATCH", f"{API}/security", {"always_asks": True}))[0] == 403
    # Another code of the same sheet is no second factor.
    assert refusal(verify(lost, recovery_code=made[1])) == (400, "proof_not_taken")
    lost.add_passkey("new")
    assert security(lost)["standing"] == "whole"


def test_a_recovery_code_alone_is_no_use_where_there_is_a_password(mira: Person) -> None:
    _, made = turn_on(mira)
    lost = fresh(mira)
    assert refusal(recover(lost, made[0])) == (400, "recovery_refused")
    given(recover(lost, made[0], mira.password))
    assert security(lost)["standing"] == "whole"
    assert security(lost)["factors"]["recovery_codes"] == 9


def test_whatever_is_wrong_the_answer_is_the_same(mira: Person) -> None:
    _, made = turn_on(mira)
    nobody, bob = Person(mira.app, "nobody"), Person(mira.app, "bob").added_by_hand()
    answers = {
        recover(person, typed, password).data
        for person, typed, password in (
            (fresh(mira), made[0], None),
            (fresh(mira), made[0], "not hers at all"),
            (fresh(mira), "0" * 24, mira.password),
            (fresh(mira), "123456", mira.password),
            (nobody, made[0], None),
            (nobody, made[0], "whatever it is"),
            (Person(mira.app, "no\0body"), made[0], None),
            (fresh(bob), made[0], "not his at all"),
        )
    }
    assert len(answers) == 1
    assert b"recovery_refused" in answers.pop()


def test_a_session_that_recovers_makes_no_codes_of_lost_factors(mira: Person) -> None:
    turn_on(mira)
    lost = Person(mira.app, "mira")
    given(by_link(lost, link_for(mira)))
    for path in (CODES, f"{CODES}/saved"):
        assert refusal(lost.post(path)) == (403, "second_factor_required")
    with mira.app.app_context():
        live, context = live_of(lost)
        for act in (recovery_codes.make, recovery_codes.confirm_receipt):
            with pytest.raises(SecondFactorRequired):
                act(live, context=context)


def live_of(person: Person) -> tuple[Live, Context]:
    """Return the person's session, and the context of a request in it."""
    cookie = person.browser.get_cookie("passline_session")
    assert cookie
    service = person.app.extensions["passline"]
    live = sessions.find(cookie.value, settings=service.settings)
    assert live
    return live, Context(service, Caller("192.0.2.1", "", live.session))


def test_a_passkey_added_by_link_has_to_be_two_factors(make_app: MakeApp, clock: Any) -> None:
    mira = Person(make_app(USER_VERIFICATION="preferred", MFA_POLICY="enrolled"), "mira").set_up()
    mira.add_passkey()
    lost = Person(mira.app, "mira", user_verified=False)
    given(by_link(lost, link_for(mira)))
    assert lost.creation_options()["authenticatorSelection"]["userVerification"] == "required"
    assert refusal(lost.add_passkey()) == (400, "user_not_verified_at_registration")
    lost.authenticator.user_verified = True
    given(lost.add_passkey())
    assert security(lost)["standing"] == "whole"


def test_without_a_password_every_passkey_has_to_be_two_factors(
    make_app: MakeApp, clock: Any
) -> None:
    mira = Person(make_app(USER_VERIFICATION="preferred"), "mira").set_up()
    without_password(mira)
    assert mira.creation_options()["authenticatorSelection"]["userVerification"] == "required"


@pytest.mark.parametrize("added", ["passkey", "app"])
def test_what_is_set_by_link_replaces_the_api_token(mira: Person, added: str) -> None:
    token = mira.api_token()
    lost = Person(mira.app, "mira")
    given(by_link(lost, link_for(mira)))
    if added == "passkey":
        given(lost.add_passkey())
    else:
        turn_on(lost)
    assert lost.api_token() != token


@POLICIES
@pytest.mark.parametrize("age", ["0", "1s", "10m"])
def test_who_has_lost_everything_comes_back_by_a_link_and_adds_a_passkey(
    make_app: MakeApp, clock: Any, policy: str, age: str
) -> None:
    mira = Person(make_app(MFA_POLICY=policy, STEP_UP_AGE=age), "mira").set_up()
    mira.add_passkey()
    turn_on(mira)
    old = Person(mira.app, "mira")
    token = link_for(mira)
    clock.shift(1799)
    given(by_link(old, token))
    assert security(old)["standing"] == "recovering"
    assert old.add_passkey("New one").status_code == 200
    assert security(old)["standing"] == "whole"
    assert not mira.signed_in()  # all else has ended
    assert old.signed_in()


def test_in_a_session_that_recovers_a_new_app_replaces_the_old_one(
    mira: Person, clock: Any
) -> None:
    secret, _ = turn_on(mira)
    lost = Person(mira.app, "mira")
    given(by_link(lost, link_for(mira)))
    new, made = turn_on(lost)
    assert new != secret
    assert made == []  # the old ones are good
    clock.shift(30)
    given(lost.log_in())
    assert refusal(second(lost, code=code(secret))) == (400, "code_wrong")
    given(second(lost, code=code(new)))


def test_a_link_is_good_once_and_for_thirty_minutes(mira: Person, clock: Any) -> None:
    token = link_for(mira)
    assert mira.get("/link").status_code == 200  # a GET changes nothing
    given(by_link(mira, token))
    assert refusal(by_link(mira, token)) == (400, "link_invalid")
    late = link_for(mira)
    clock.shift(1801)
    assert refusal(by_link(mira, late)) == (400, "link_invalid")


def test_a_newer_link_and_a_new_password_end_a_link(mira: Person) -> None:
    first, newer = link_for(mira), link_for(mira)
    assert refusal(by_link(Person(mira.app, "x"), first)) == (400, "link_invalid")
    given(mira.post(f"{API}/password", {"password": "another good password"}))
    assert refusal(by_link(Person(mira.app, "x"), newer)) == (400, "link_invalid")


def test_a_disabled_account_has_no_link(mira: Person) -> None:
    bob = Person(mira.app, "bob").added_by_hand()
    token = link_for(bob)
    with mira.app.app_context():
        administration.disable(administration.find("bob"), context=mira.context())
    assert refusal(by_link(bob, token)) == (400, "link_invalid")


@pytest.mark.parametrize("wrong", ["", "x", "\0", "ö" * 43, "a" * 1024])
def test_another_text_is_no_link(mira: Person, wrong: str) -> None:
    assert refusal(by_link(mira, wrong or "y"))[0] == 400


def test_only_the_digest_of_a_link_is_stored(mira: Person, rows: Any) -> None:
    token = link_for(mira)
    [(digest,)] = rows("SELECT digest FROM links")
    assert token.encode() not in bytes(digest)


def test_a_session_of_a_link_is_gone_after_thirty_minutes(mira: Person, clock: Any) -> None:
    lost = Person(mira.app, "mira")
    given(by_link(lost, link_for(mira)))
    clock.shift(1799)
    assert lost.signed_in()
    clock.shift(1)
    assert not lost.signed_in()


def test_a_session_that_has_enrolled_lasts_as_long_as_any(mira: Person, clock: Any) -> None:
    lost = Person(mira.app, "mira")
    given(by_link(lost, link_for(mira)))
    lost.add_passkey()
    clock.shift(86400)
    assert lost.signed_in()


def test_a_new_password_by_link_makes_it_whole_where_there_is_no_factor(mira: Person) -> None:
    lost = Person(mira.app, "mira")
    token = lost.api_token()
    given(by_link(lost, link_for(mira)))
    given(lost.post(f"{API}/password", {"password": "another good password"}))
    assert security(lost)["standing"] == "whole"
    assert not mira.signed_in()
    assert lost.api_token() != token


@POLICIES
def test_a_new_password_by_link_leaves_no_second_step_out(
    make_app: MakeApp, clock: Any, policy: str
) -> None:
    mira = Person(make_app(MFA_POLICY=policy, STEP_UP_AGE="10m"), "mira").set_up()
    turn_on(mira)
    lost = Person(mira.app, "mira")
    given(by_link(lost, link_for(mira)))
    given(lost.post(f"{API}/password", {"password": "another good password"}))
    assert security(lost)["standing"] == "recovering"
    assert refusal(verify(lost, password="another good password"))[1] == "proof_not_taken"
    lost.password = "another good password"
    assert "second_step" in given(fresh(lost).log_in())


def test_an_administrator_resets_and_the_person_starts_anew(mira: Person) -> None:
    bob = Person(mira.app, "bob").added_by_hand()
    bob.add_passkey()
    turn_on(bob)
    with mira.app.app_context():
        found = administration.find("bob")
        assert administration.reset_mfa(found, context=mira.context()) is None
    assert not bob.signed_in()
    assert "user" in given(bob.log_in())
    assert security(bob)["factors"]["passkeys"] == security(bob)["factors"]["recovery_codes"] == 0


def test_a_reset_without_a_password_makes_a_link(mira: Person) -> None:
    bob = Person(mira.app, "bob").added_by_hand()
    without_password(bob)
    with mira.app.app_context():
        found = administration.find("bob")
        token = administration.reset_mfa(found, context=mira.context())
    given(by_link(Person(mira.app, "bob"), token))
