"""The policy at the wire: who is asked for a second step, and who may only enrol."""

from typing import Any

import pytest

from app.core import administration, api_tokens, passkeys, profile, session_ends
from app.core.context import COMMAND_LINE, Caller, Context
from app.core.mfa.errors import SecondFactorRequired
from app.storage.models import User
from tests.conftest import MakeApp
from tests.documented import Documented
from tests.mfa.people import (
    SECOND,
    TOTP_PATH,
    by_link,
    code,
    fresh,
    given,
    make_codes,
    refusal,
    second,
    second_by_passkey,
    security,
    turn_on,
    verify,
)
from tests.people import API, PASSKEYS, Person

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def with_policy(person: Person, make_app: MakeApp, policy: str, **settings: Any) -> None:
    """Restart the service with another policy, for this browser."""
    person.app = make_app(MFA_POLICY=policy, **settings)
    person.browser.application = person.app


@pytest.mark.parametrize("way", ["passkey", "app"])
def test_where_it_is_required_a_newcomer_enrols_and_the_session_is_whole(
    make_app: MakeApp, clock: Any, way: str
) -> None:
    mira = Person(make_app(MFA_POLICY="required", STEP_UP_AGE="10m"), "mira").set_up()
    assert security(mira)["standing"] == "enrolling"
    assert mira.get("/passkeys").status_code == 200
    if way == "passkey":
        given(mira.add_passkey())
    else:
        turn_on(mira)
    assert security(mira)["standing"] == "whole"
    assert mira.call("PATCH", f"{API}/security", {"always_asks": True}).status_code == 200


@pytest.mark.parametrize("age", ["0", "10m"])
def test_who_enrols_later_types_the_password_again(make_app: MakeApp, clock: Any, age: str) -> None:
    mira = Person(make_app(MFA_POLICY="required", STEP_UP_AGE=age), "mira").set_up()
    clock.shift(601)
    refused = mira.get(f"{PASSKEYS}/options")
    assert refusal(refused) == (403, "step_up_required")
    assert refused.json["verify"] == {"methods": ["password"], "age": 600}
    given(verify(mira, password=mira.password))
    given(mira.add_passkey())


def test_a_password_alone_is_not_enough_where_who_has_a_factor_is_asked(
    make_app: MakeApp, clock: Any
) -> None:
    mira = Person(make_app(MFA_POLICY="enrolled"), "mira").set_up()
    assert "user" in given(fresh(mira).log_in())
    mira.add_passkey()
    phone = fresh(mira)
    assert given(phone.log_in())["second_step"]["methods"] == ["passkey"]
    given(second_by_passkey(phone))
    assert phone.signed_in()
    assert fresh(mira).sign_in().status_code == 200  # UV satisfies every policy


@pytest.mark.parametrize("policy", ["enrolled", "required"])
def test_a_raised_policy_holds_for_sessions_that_exist(
    mira: Person, make_app: MakeApp, clock: Any, policy: str
) -> None:
    bare, linked = Person(mira.app, "bob").added_by_hand(), Person(mira.app, "mira")
    mira.add_passkey()
    by_password, by_passkey = fresh(mira), fresh(mira)
    given(by_password.log_in())
    given(by_passkey.sign_in())
    given(by_link(linked))
    for person in (bare, linked, by_password, by_passkey):
        with_policy(person, make_app, policy)
    assert not by_password.signed_in()
    assert by_passkey.signed_in()
    assert security(linked)["standing"] == "recovering"
    assert security(bare)["standing"] == ("enrolling" if policy == "required" else "whole")


@pytest.mark.parametrize(
    ("finish", "has"),
    [("password", "nothing else"), ("totp", "app"), ("recovery", "codes")],
)
def test_after_a_passkey_without_user_verification_another_factor_finishes(
    make_app: MakeApp, clock: Any, finish: str, has: str
) -> None:
    app = make_app(MFA_POLICY="enrolled", USER_VERIFICATION="preferred")
    mira = Person(app, "mira").set_up()
    mira.add_passkey()
    secret, made = turn_on(mira) if has == "app" else ("", [])
    made = make_codes(mira) if has == "codes" else made
    phone = fresh(mira)
    phone.authenticator.user_verified = False
    step = given(phone.sign_in())["second_step"]
    assert finish in step["methods"]
    assert "passkey" not in step["methods"]
    assert not phone.signed_in()
    clock.shift(30)
    if finish == "password":
        given(second(phone, password=mira.password))
    elif finish == "totp":
        given(second(phone, code=code(secret)))
    else:
        given(second(phone, recovery_code=made[0]))
    assert phone.signed_in()
    assert security(phone)["standing"] == "whole"


def test_the_same_key_again_is_no_second_step(make_app: MakeApp, clock: Any) -> None:
    app = make_app(MFA_POLICY="enrolled", USER_VERIFICATION="preferred")
    mira = Person(app, "mira").set_up()
    mira.add_passkey()
    phone = fresh(mira)
    phone.authenticator.user_verified = False
    given(phone.sign_in())
    assert refusal(second_by_passkey(phone)) == (400, "proof_not_taken")
    assert refusal(second(phone, response={})) == (400, "proof_not_taken")


def test_a_passkey_of_another_rp_id_neither_asks_nor_guards(make_app: MakeApp, clock: Any) -> None:
    mira = Person(make_app(MFA_POLICY="enrolled", RP_ID="localhost"), "mira").set_up()
    mira.add_passkey()
    elsewhere = {"RP_ID": "app.localhost", "ORIGINS": "http://app.localhost:8000"}
    with_policy(mira, make_app, "enrolled", **elsewhere)
    assert "user" in given(mira.log_in())
    assert security(mira)["factors"]["passkeys"] == 0
    given(mira.delete(mira.passkeys()[0]["id"]))


def test_with_passkeys_off_passwords_sign_in(make_app: MakeApp, clock: Any) -> None:
    mira = Person(make_app(MFA_POLICY="required"), "mira").set_up()
    mira.add_passkey()
    with_policy(mira, make_app, "required", PASSKEYS_ENABLED="off")
    assert "user" in given(mira.log_in())
    assert security(mira)["standing"] == "enrolling"


# Attacks on a sign-in that waits for its second step.


def waiting(mira: Person, clock: Any) -> tuple[Person, str]:
    """Return a browser whose first step has succeeded, and the secret of the app."""
    secret, _ = turn_on(mira)
    clock.shift(30)
    phone = fresh(mira)
    given(phone.log_in())
    return phone, secret


def test_a_second_step_with_another_persons_passkey_is_refused(mira: Person, clock: Any) -> None:
    mira.add_passkey()
    phone, _ = waiting(mira, clock)
    bob = Person(mira.app, "bob").added_by_hand()
    bob.add_passkey()
    phone.authenticator = bob.authenticator
    options = given(phone.get(f"{SECOND}/options"))["options"]
    bobs = bob.authenticator.credentials[0]
    response = bob.authenticator.get(
        options | {"allowCredentials": []}, origin="http://localhost:8000", credential=bobs
    )
    assert refusal(second(phone, response=response)) == (400, "sign_in_refused")


def test_a_second_step_from_another_browser_is_unknown(mira: Person, clock: Any) -> None:
    _, secret = waiting(mira, clock)
    assert refusal(second(fresh(mira), code=code(secret))) == (400, "sign_in_unknown")


def test_a_binding_that_the_browser_brought_serves_nobody_else(mira: Person, clock: Any) -> None:
    secret, _ = turn_on(mira)
    clock.shift(30)
    planted = "x" * 43
    victim, thief = fresh(mira), fresh(mira)
    for browser in (victim, thief):
        browser.browser.set_cookie("passline_ceremony", planted)
    given(victim.log_in())
    assert refusal(second(thief, code=code(secret))) == (400, "sign_in_unknown")
    given(second(victim, code=code(secret)))


def test_a_second_step_after_ten_minutes_is_too_late(mira: Person, clock: Any) -> None:
    phone, secret = waiting(mira, clock)
    clock.shift(599)
    given(phone.get(SECOND))
    clock.shift(1)
    assert refusal(second(phone, code=code(secret))) == (400, "sign_in_unknown")


def test_a_second_step_after_the_password_was_changed_is_refused(mira: Person, clock: Any) -> None:
    phone, secret = waiting(mira, clock)
    given(mira.post(f"{API}/password", {"password": "another good password"}))
    assert refusal(second(phone, code=code(secret))) == (400, "sign_in_unknown")


def test_a_second_step_of_a_disabled_account_is_refused(mira: Person, clock: Any) -> None:
    phone, secret = waiting(mira, clock)
    User.update(disabled_at=1).execute()
    assert refusal(second(phone, code=code(secret))) == (400, "sign_in_unknown")


def test_a_second_step_is_of_the_account_and_not_of_the_name(mira: Person, clock: Any) -> None:
    phone, secret = waiting(mira, clock)
    User.update(username="other", username_key="other").execute()
    given(second(phone, code=code(secret)))


def test_a_second_step_finishes_once(mira: Person, clock: Any) -> None:
    phone, secret = waiting(mira, clock)
    binding = phone.browser.get_cookie("passline_ceremony")
    assert binding
    given(second(phone, code=code(secret)))
    clock.shift(30)
    again = fresh(mira)
    again.browser.set_cookie("passline_ceremony", binding.value)
    assert refusal(second(again, code=code(secret))) == (400, "sign_in_unknown")


def test_a_factor_that_was_removed_meanwhile_ends_the_sign_in(mira: Person, clock: Any) -> None:
    phone, secret = waiting(mira, clock)
    given(mira.call("DELETE", TOTP_PATH))
    assert refusal(second(phone, code=code(secret))) == (400, "sign_in_unknown")


def test_before_the_password_was_right_nothing_tells_who_has_an_app(
    mira: Person, clock: Any
) -> None:
    turn_on(mira)
    bob, nobody = Person(mira.app, "bob").added_by_hand(), Person(mira.app, "nobody")
    answers = {fresh(each).log_in("not theirs at all").data for each in (mira, bob, nobody)}
    assert len(answers) == 1
    assert {refusal(second(fresh(each), code="123456")) for each in (mira, bob, nobody)} == {
        (400, "sign_in_unknown")
    }


# What is open to a session that serves to enrol only, by method and route.
OPEN = {
    ("GET", "/passkeys"),
    ("GET", "/security"),
    ("GET", f"{API}/security"),
    ("GET", PASSKEYS),
    ("POST", PASSKEYS),
    ("GET", f"{PASSKEYS}/options"),
    ("POST", TOTP_PATH),
    ("POST", f"{TOTP_PATH}/offer"),
    ("POST", f"{API}/password"),
    ("POST", f"{API}/verify"),
    ("GET", f"{API}/verify/options"),
    ("POST", f"{API}/sign-out"),
    ("GET", "/api/user"),
    ("PATCH", "/api/user"),
    ("GET", "/api/user/mfa/passkey"),
    ("POST", "/api/user/mfa/passkey"),
    ("GET", "/api/user/mfa/passkey/options"),
    ("GET", "/api/user/mfa/totp"),
    ("POST", "/api/user/mfa/totp"),
    ("POST", "/api/user/verify"),
    ("GET", "/api/user/verify/options"),
    ("GET", "/api/auth/logout"),
    ("POST", "/api/auth/logout"),
}


def operations(app: Any) -> list[tuple[str, str, str]]:
    """Return method, path and example body of each operation that needs a sign-in."""
    found = []
    for path, method, operation in Documented(app).operations():
        if operation.get("security"):
            found.append((method.upper(), path, operation))
    return found


def asked(person: Person, method: str, path: str, operation: Any) -> Any:
    """Ask for an operation as its documentation shows it."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    sent = None if body is None else body.get("example", {})
    return person.call(method, path, sent)


@on_sqlite
@pytest.mark.parametrize("kind", ["enrolling", "recovering"])
def test_a_session_that_enrols_gets_403_on_every_route_but_the_list(
    make_app: MakeApp, clock: Any, kind: str
) -> None:
    policy = "required" if kind == "enrolling" else "optional"
    app = make_app(MFA_POLICY=policy)
    mira = Person(app, "mira").set_up()
    every = [each for each in operations(app) if not each[1].startswith("/v1")]
    assert len(every) > 20
    for method, path, operation in every:
        if (method, path) in OPEN:
            continue
        person = fresh(mira)
        given(person.log_in() if kind == "enrolling" else by_link(person))
        answer = asked(person, method, path, operation)
        assert answer.status_code == 403, (method, path, answer.text)
        assert "second_factor_required" in answer.text or "E3018" in answer.text, answer.text


def test_a_session_that_enrols_changes_nothing_in_the_core_either(mira: Person, clock: Any) -> None:
    linked = Person(mira.app, "mira")
    clock.shift(1)  # so that its session is the newest
    given(by_link(linked))
    with mira.app.app_context():
        found = administration.find("mira")
        for act in (
            lambda context: api_tokens.replace(found, context=context),
            lambda context: passkeys.delete(found, "c1", context=context),
            lambda context: session_ends.end_all_others(found, current=None, context=context),
            lambda context: profile.change(found, {"avatar": None}, context=context),
        ):
            with pytest.raises(SecondFactorRequired):
                act(linked.context())


def test_a_command_may_do_all(mira: Person, clock: Any) -> None:
    mira.add_passkey()
    clock.shift(3600)
    command = Context(mira.app.extensions["passline"], Caller(COMMAND_LINE, ""))
    with mira.app.app_context():
        found = administration.find("mira")
        passkeys.delete(found, mira.passkeys()[0]["id"], context=command)


@on_sqlite
def test_who_waits_for_the_second_step_is_nobody_on_every_route(mira: Person, clock: Any) -> None:
    phone, _ = waiting(mira, clock)
    for method, path, operation in operations(mira.app):
        answer = asked(phone, method, path, operation)
        assert answer.status_code in (401, 302, 404), (method, path, answer.text)
        if answer.status_code == 302:
            assert "/login" in answer.headers["Location"]
    given(phone.get(SECOND))


def test_a_sign_in_is_in_the_activity_with_what_was_proved(
    mira: Person, clock: Any, rows: Any
) -> None:
    phone, secret = waiting(mira, clock)
    given(second(phone, code=code(secret)))
    query = "SELECT detail, actor FROM audit_events WHERE event = 'account:login:succeeded'"
    assert rows(f"{query} ORDER BY id")[-1] == ("pwd otp mfa", "person")
