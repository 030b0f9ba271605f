"""Second factors in Zipline's dialect, as its real dashboard asks for them."""

from typing import Any

import pytest

from tests.conftest import MakeApp
from tests.mfa.conftest import clock as clock
from tests.mfa.people import by_link, code, given, link_for, make_codes
from tests.mfa.people import code_of_zipline as refusal
from tests.people import ORIGIN
from tests.zipline.people import PASSKEY, Person

TOTP = "/api/user/mfa/totp"
SECOND = "/api/auth/login/second"
VERIFY = "/api/user/verify"


@pytest.fixture
def ada(clock: Any, make_app: MakeApp) -> Person:
    return Person(make_app(STEP_UP_AGE="10m"), "ada").set_up()


def fresh(person: Person) -> Person:
    other = Person(person.app, person.username)
    other.password, other.authenticator = person.password, person.authenticator
    return other


def turn_on(person: Person) -> str:
    """Turn the authenticator app on, and return its secret."""
    secret = given(person.get(TOTP))["secret"]
    given(person.post(TOTP, {"code": code(secret), "secret": secret}))
    return str(secret)


def log_in(person: Person, **more: Any) -> Any:
    return person.post("/api/auth/login", person.credentials() | more)


def test_the_app_is_offered_turned_on_and_said_to_be_on(ada: Person) -> None:
    offered = given(ada.get(TOTP))
    assert set(offered) == {"secret", "qrcode"}
    assert offered["qrcode"].startswith("data:image/png;base64,")
    assert given(ada.get(TOTP)) == offered
    user = given(ada.post(TOTP, {"code": code(offered["secret"]), "secret": offered["secret"]}))
    assert user["totpSecret"]
    assert user["totpSecret"] != offered["secret"]
    assert user["totpEnabled"] is True
    assert given(ada.get(TOTP)) == {"enabled": True}
    assert given(ada.get("/api/user"))["user"]["totpSecret"] == user["totpSecret"]


def test_nobody_sees_recovery_codes_who_was_not_shown_them(ada: Person, rows: Any) -> None:
    turn_on(ada)
    assert rows("SELECT count(*) FROM recovery_codes") == [(0,)]


def test_the_secret_that_is_sent_must_be_the_one_offered(ada: Person) -> None:
    offered = given(ada.get(TOTP))["secret"]
    own = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    assert refusal(ada.post(TOTP, {"code": code(offered), "secret": own})) == (400, 1045)
    assert refusal(ada.post(TOTP, {"code": code(own), "secret": own})) == (400, 1045)
    assert refusal(ada.post(TOTP, {"code": code(own)})) == (400, 1000)


def test_a_second_app_is_refused(ada: Person) -> None:
    secret = turn_on(ada)
    assert refusal(ada.post(TOTP, {"code": code(secret), "secret": secret})) == (400, 1045)


@pytest.mark.parametrize("wrong", ["12345", "abcdef", "", "1234567", "\0", "𝟏𝟐𝟑𝟒𝟓𝟔", "000000"])
def test_what_is_no_code_is_a_400_everywhere(ada: Person, clock: Any, wrong: str) -> None:
    secret = given(ada.get(TOTP))["secret"]
    assert refusal(ada.post(TOTP, {"code": wrong, "secret": secret})) == (400, 1045)
    turn_on(ada)
    assert refusal(ada.call("DELETE", TOTP, {"code": wrong})) == (400, 1045)
    assert refusal(ada.post(VERIFY, {"code": wrong})) == (400, 1045)
    phone = fresh(ada)
    given(log_in(phone))
    assert refusal(phone.post(SECOND, {"code": wrong})) == (400, 1045)
    if wrong:
        assert refusal(log_in(phone, code=wrong)) == (400, 1045)


def test_the_dashboard_asks_for_the_code_and_logs_in_with_it(ada: Person, clock: Any) -> None:
    secret = turn_on(ada)
    clock.shift(30)
    phone = fresh(ada)
    answer = log_in(phone)
    assert given(answer) == {"totp": True, "mfa": {"methods": ["totp"]}}
    assert not any("session" in each for each in answer.headers.getlist("Set-Cookie"))
    assert refusal(phone.get("/api/user")) == (401, 2000)
    assert given(log_in(phone, code=code(secret)))["user"]["username"] == "ada"
    assert given(phone.get("/api/user"))
    # Once used, it is wrong.
    assert refusal(log_in(fresh(ada), code=code(secret))) == (400, 1045)


def test_a_wrong_password_with_a_right_code_leaves_the_code_good(ada: Person, clock: Any) -> None:
    secret = turn_on(ada)
    clock.shift(30)
    body = {"username": "ada", "password": "not hers at all", "code": code(secret)}
    assert refusal(ada.post("/api/auth/login", body)) == (400, 1044)
    given(log_in(ada, code=code(secret)))


def test_a_code_is_ignored_where_none_is_due(ada: Person) -> None:
    assert given(log_in(ada, code="123456"))["user"]


def test_a_recovery_code_may_be_typed_as_the_code(ada: Person) -> None:
    turn_on(ada)
    made = make_codes(ada)
    phone = fresh(ada)
    assert given(log_in(phone))["mfa"]["methods"] == ["totp", "recovery"]
    assert given(log_in(phone, code=made[0]))["user"]
    given(log_in(phone))
    assert refusal(phone.post(SECOND, {"recoveryCode": made[0]})) == (400, 1045)
    assert given(phone.post(SECOND, {"recoveryCode": made[1]}))["user"]


def test_a_passkey_is_the_second_step(make_app: MakeApp, clock: Any) -> None:
    ada = Person(make_app(MFA_POLICY="enrolled"), "ada").set_up()
    ada.add_passkey()
    phone = fresh(ada)
    step = given(log_in(phone))
    assert step["totp"] is True
    assert step["mfa"]["methods"] == ["passkey"]
    response = ada.authenticator.get(step["mfa"]["options"], origin=ORIGIN)
    assert given(phone.post(SECOND, {"response": response}))["user"]


def test_a_client_that_can_do_none_of_the_ways_is_told_what_can(
    make_app: MakeApp, clock: Any, rows: Any
) -> None:
    ada = Person(make_app(MFA_POLICY="enrolled"), "ada").set_up()
    ada.add_passkey()
    for typed in ("123456", "0" * 24):
        answer = log_in(fresh(ada), code=typed)
        assert refusal(answer) == (400, 1045)
        assert "Login with passkey" in answer.json["error"]
        assert "http://localhost:8000/recover" in answer.json["error"]
    assert fresh(ada).sign_in().status_code == 200
    query = "SELECT count(*) FROM audit_events WHERE event = 'account:policy:refused'"
    assert rows(query) == [(2,)]


def test_a_passkey_without_user_verification_begins_with_the_password(
    make_app: MakeApp, clock: Any, rows: Any
) -> None:
    app = make_app(MFA_POLICY="enrolled", USER_VERIFICATION="preferred")
    ada = Person(app, "ada").set_up()
    ada.add_passkey()
    phone = fresh(ada)
    phone.authenticator.user_verified = False
    answer = phone.sign_in()
    assert refusal(answer) == (400, 1051)
    assert "password first" in answer.json["error"]
    query = "SELECT count(*) FROM audit_events WHERE event = 'account:policy:refused'"
    assert rows(query) == [(1,)]
    step = given(log_in(phone))
    response = phone.authenticator.get(step["mfa"]["options"], origin=ORIGIN)
    assert given(phone.post(SECOND, {"response": response}))["user"]


def test_a_second_step_without_the_first_is_unknown(ada: Person) -> None:
    assert refusal(fresh(ada).post(SECOND, {"code": "123456"})) == (400, 1048)


def test_a_second_step_of_another_browser_is_unknown(ada: Person, clock: Any) -> None:
    secret = turn_on(ada)
    clock.shift(30)
    victim, thief = fresh(ada), fresh(ada)
    for browser in (victim, thief):
        browser.browser.set_cookie("webauthn-challenge-id", "x" * 43)
    given(log_in(victim))
    assert refusal(thief.post(SECOND, {"code": code(secret)})) == (400, 1048)
    given(victim.post(SECOND, {"code": code(secret)}))


def test_an_old_session_is_told_how_to_end_the_refusal(ada: Person, clock: Any) -> None:
    begun = ada.authenticator.create(ada.creation_options(), origin=ORIGIN)
    clock.shift(601)
    given(ada.get(TOTP))
    late = ada.authenticator.create(ada.creation_options(), origin=ORIGIN)
    answer = ada.finish_registration(late)
    assert refusal(answer) == (403, 3017)
    assert answer.json["error"] == (
        "E3017: Sign in again with your password, then retry within 10 minutes."
    )
    assert answer.json["verify"] == {"methods": ["password"]}
    # This one was begun while the proof was fresh, but has timed out meanwhile.
    assert refusal(ada.finish_registration(begun)) == (400, 1048)


def test_after_it_was_confirmed_the_act_works(ada: Person, clock: Any) -> None:
    ada.add_passkey()
    clock.shift(601)
    own = ada.passkeys()[0]["id"]
    answer = ada.call("DELETE", PASSKEY, {"id": own})
    assert refusal(answer) == (403, 3017)
    assert "Sign in again with your passkey" in answer.json["error"]
    ways = given(ada.get(f"{VERIFY}/options"))
    assert ways["methods"] == ["passkey"]
    response = ada.authenticator.get(ways["options"], origin=ORIGIN)
    assert given(ada.post(VERIFY, {"response": response})) == {"verified": True}
    given(ada.call("DELETE", PASSKEY, {"id": own}))


def test_the_app_is_turned_off_by_its_code_at_any_age(ada: Person, clock: Any) -> None:
    secret = turn_on(ada)
    clock.shift(86400)
    assert given(ada.call("DELETE", TOTP, {"code": code(secret)}))["totpSecret"] is None
    assert refusal(ada.call("DELETE", TOTP, {"code": code(secret)})) == (400, 1053)


def test_a_session_that_enrols_only_is_told_where(make_app: MakeApp, clock: Any) -> None:
    ada = Person(make_app(MFA_POLICY="required"), "ada").set_up()
    given(ada.get("/api/user"))
    answer = ada.get("/api/user/token")
    assert refusal(answer) == (403, 3018)
    assert "http://localhost:8000/" in answer.json["error"]
    for body in ({"username": "eve"}, {"password": "another good one"}, {"view": {}}):
        assert refusal(ada.call("PATCH", "/api/user", body)) == (403, 3018)
    turn_on(ada)
    given(ada.get("/api/user/token"))


def test_a_session_by_link_sets_a_password_and_reads_no_token(ada: Person) -> None:
    lost = Person(ada.app, "ada")
    given(by_link(lost, link_for(ada)))
    for method, path, body in (
        ("GET", "/api/user/token", None),
        ("PATCH", "/api/user/token", None),
        ("GET", "/api/user/sessions", None),
        ("DELETE", "/api/user/sessions", {"all": True}),
        ("PATCH", "/api/user", {"username": "eve"}),
        ("DELETE", PASSKEY, {"id": "x"}),
    ):
        assert refusal(lost.call(method, path, body)) == (403, 3018), path
    given(lost.call("PATCH", "/api/user", {"password": "another good one"}))
    given(lost.get("/api/user/token"))


def test_a_session_by_link_renames_nobody_beside_its_new_password(ada: Person) -> None:
    lost = Person(ada.app, "ada")
    given(by_link(lost, link_for(ada)))
    body = {"username": "evil", "password": "another good one", "view": {"enabled": True}}
    assert refusal(lost.call("PATCH", "/api/user", body)) == (403, 3018)


FREE = [
    ("GET", "/api/user", None),
    ("GET", PASSKEY, None),
    ("GET", "/api/user/sessions", None),
    ("GET", "/api/user/token", None),
    ("PATCH", "/api/user", {"view": {"enabled": True}}),
    ("PATCH", "/api/user", {"avatar": None}),
]
GUARDED = [
    ("DELETE", PASSKEY, {"id": "cm3sx2v9k0001qz8h4w7e5r1t"}),
    ("PATCH", "/api/user", {"username": "Ada"}),
    ("PATCH", "/api/user/token", None),
    ("DELETE", "/api/user/sessions", {"all": True}),
]
NEVER = [
    ("PATCH", "/api/user", {"password": "another good one"}),
    ("GET", TOTP, None),
    ("POST", TOTP, {"code": "123456", "secret": "x"}),
    ("DELETE", TOTP, {"code": "123456"}),
    ("GET", f"{VERIFY}/options", None),
    ("POST", VERIFY, {"code": "123456"}),
]


@pytest.mark.parametrize("policy", ["optional", "enrolled", "required"])
@pytest.mark.parametrize("age", ["0", "1s", "10m"])
def test_an_api_token_does_what_it_could_before_only_with_optional_and_0(
    make_app: MakeApp, clock: Any, policy: str, age: str
) -> None:
    ada = Person(make_app(MFA_POLICY=policy, STEP_UP_AGE=age), "ada").set_up()
    ada.add_passkey()

    def ask(method: str, path: str, body: Any) -> int:
        client = Person(ada.app, "ada")
        headers = {"Authorization": ada.api_token()}
        return client.call(method, path, body, headers=headers).status_code

    as_before = policy == "optional" and age == "0"
    assert {ask(*each) for each in FREE} == {200}
    assert {ask(*each) for each in NEVER} == {401}
    assert {ask(*each) == 401 for each in GUARDED} == {not as_before}
    options = Person(ada.app, "ada").get(
        f"{PASSKEY}/options", headers={"Authorization": ada.api_token()}
    )
    assert options.status_code == 200  # a GET is never refused
    created = ada.authenticator.create(options.json, origin=ORIGIN)
    added = ask("POST", PASSKEY, {"response": created, "name": "By token"})
    assert added == (200 if as_before else 401)
