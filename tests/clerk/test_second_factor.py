"""The second factor of a sign-in: authenticator app, backup code, passkey."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from app.storage.models import User
from tests.clerk.client import Clerk, parameter, refusal
from tests.clerk.factors import (
    NEW_API,
    SIGN_INS,
    by_password,
    code,
    elsewhere,
    second,
    shown,
    status_of,
    totp_on,
    waiting,
)
from tests.conftest import MakeApp
from tests.people import PASSWORD, Person

Rows = Callable[..., list[tuple[Any, ...]]]
sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def adas(make_app: MakeApp) -> Clerk:
    """The first account, where a second factor is asked of who has one."""
    app = make_app(STEP_UP_AGE="10m", MFA_POLICY="enrolled")
    return Clerk(Person(app, "ada").set_up())


def test_a_password_needs_the_app_and_its_code_completes_the_sign_in(adas: Clerk) -> None:
    with time_machine.travel("2026-05-05", tick=False) as clock:
        adas.person.log_in()
        secret, _ = totp_on(adas)
        other = elsewhere(adas)
        answer = by_password(other)
        sign_in = (answer.json or {})["response"]
        assert sign_in["status"] == "needs_second_factor"
        assert sign_in["created_session_id"] is None
        factors = [each["strategy"] for each in sign_in["supported_second_factors"]]
        assert factors == ["totp", "backup_code"]
        first = sign_in["first_factor_verification"]
        assert (first["status"], first["strategy"]) == ("verified", "password")
        assert sign_in["second_factor_verification"] is None
        cookies = answer.headers.getlist("Set-Cookie")
        assert [each.partition("=")[0] for each in cookies] == ["__client"]
        assert (answer.json or {})["client"]["sessions"] == []
        assert not other.person.signed_in()

        # The code that turned it on was used; the same step gives no second one.
        wrong = second(other, sign_in, strategy="totp", code=code(secret))
        assert (*refusal(wrong), parameter(wrong)) == (422, "form_code_incorrect", "code")
        for short in ("12345", "1234567", "abcdef"):
            answer = second(other, sign_in, strategy="totp", code=short)
            assert refusal(answer) == (422, "form_code_incorrect")
        answer = second(other, sign_in, strategy="totp")
        assert refusal(answer) == (422, "form_param_missing")
        clock.shift(31)
        typed = code(secret)
        done = second(other, sign_in, strategy="totp", code=typed)
        assert done.status_code == 200, done.text
        body = done.json or {}
        assert body["response"]["status"] == "complete"
        assert body["response"]["second_factor_verification"]["strategy"] == "totp"
        assert body["response"]["created_session_id"] == body["client"]["last_active_session_id"]
        assert other.person.signed_in()
        again = elsewhere(adas)
        replayed = second(again, waiting(again), strategy="totp", code=typed)
        assert refusal(replayed) == (422, "form_code_incorrect")
        assert refusal(second(other, sign_in, strategy="totp", code=typed))[0] == 404


def test_a_backup_code_completes_once(adas: Clerk) -> None:
    _, codes = totp_on(adas)
    assert len(codes) == 10
    other = elsewhere(adas)
    sign_in = waiting(other)
    wrong = second(other, sign_in, strategy="backup_code", code="000000-000000-000000-000000")
    assert refusal(wrong) == (422, "form_code_incorrect")
    typed = codes[0].upper().replace("-", " ")
    assert status_of(second(other, sign_in, strategy="backup_code", code=typed)) == "complete"
    third = elsewhere(adas)
    used = second(third, waiting(third), strategy="backup_code", code=codes[0])
    assert refusal(used) == (422, "form_code_incorrect")
    assert other.given("GET", "/v1/me")["backup_code_enabled"] is True


@sqlite
def test_a_waiting_sign_in_is_shown_to_who_holds_the_binding_only(adas: Clerk) -> None:
    totp_on(adas)
    other, stranger = elsewhere(adas), elsewhere(adas)
    begun = other.given("POST", SIGN_INS, {"identifier": "ada"})
    planted = other.person.browser.get_cookie("__client")
    assert planted
    path = f"{SIGN_INS}/{begun['id']}"
    form = {"strategy": "password", "password": PASSWORD}
    sign_in = other.given("POST", f"{path}/attempt_first_factor", form)
    assert other.given("GET", path) == sign_in
    assert other.given("GET", "/v1/client")["sign_in"] == sign_in
    stranger.person.browser.set_cookie("__client", planted.value)  # that of before the password
    assert refusal(stranger.ask("GET", path)) == (404, "resource_not_found")
    assert stranger.given("GET", "/v1/client") is None
    for step in ("prepare_first_factor", "attempt_first_factor"):
        answer = other.ask("POST", f"{path}/{step}", {"strategy": "passkey"})
        assert refusal(answer) == (404, "resource_not_found")


def passkey_nonce(clerk: Clerk, sign_in: dict[str, Any]) -> str:
    path = f"{SIGN_INS}/{sign_in['id']}/prepare_second_factor"
    prepared = clerk.given("POST", path, {"strategy": "passkey"}, query=NEW_API)
    found = prepared["second_factor_verification"]
    assert (found["status"], found["strategy"]) == ("unverified", "passkey")
    return str(found["nonce"])


@sqlite
def test_a_passkey_is_a_second_factor_for_clients_that_know_it(adas: Clerk) -> None:
    adas.add()
    other = elsewhere(adas)
    sign_in = waiting(other, query=NEW_API)
    assert sign_in["supported_second_factors"] == [{"strategy": "passkey"}]
    nonce = passkey_nonce(other, sign_in)
    options = {"strategy": "passkey", "public_key_credential": shown(other, nonce)}
    assert refusal(second(other, sign_in, **options)) == (422, "form_param_value_invalid")
    done = second(other, sign_in, **options, query=NEW_API)
    assert status_of(done) == "complete"
    assert other.session()["factor_verification_age"] == [0, 0]


@sqlite
@pytest.mark.parametrize("version", ["2025-11-10", "2026-08-19", "", "9", "２０２６-09-01"])
def test_other_clients_are_sent_to_the_passkey_and_nothing_is_left(
    adas: Clerk, version: str, rows: Rows
) -> None:
    adas.add()
    other = elsewhere(adas)
    query = {"__clerk_api_version": version}
    answer = by_password(other, query=query)
    assert (*refusal(answer), parameter(answer)) == (422, "strategy_for_user_invalid", "password")
    sentence = (answer.json or {})["errors"][0]["long_message"]
    assert sentence.startswith("Sign in with your passkey instead.")
    assert "http://localhost:8000/recover" in sentence
    assert rows("SELECT user_id FROM sign_ins WHERE user_id IS NOT NULL") == []
    assert not other.person.signed_in()
    assert other.sign_in_by_passkey().status_code == 200


@sqlite
def test_then_the_sign_in_is_back_at_its_first_factor(adas: Clerk) -> None:
    adas.add()
    other = elsewhere(adas)
    begun = other.given("POST", SIGN_INS, {"identifier": "ada"})
    path = f"{SIGN_INS}/{begun['id']}"
    form = {"strategy": "password", "password": PASSWORD}
    refused = other.ask("POST", f"{path}/attempt_first_factor", form)
    assert refusal(refused) == (422, "strategy_for_user_invalid")
    for strategy in ("totp", "backup_code", "passkey"):
        options = {"code": "123456", "public_key_credential": "{}", "query": NEW_API}
        answer = second(other, begun, strategy=strategy, **options)
        assert refusal(answer) == (404, "resource_not_found")
    assert other.given("GET", path)["status"] == "needs_first_factor"
    prepared = other.given("POST", f"{path}/prepare_first_factor", {"strategy": "passkey"})
    assert status_of(other.finish(prepared, other.assertion(prepared))) == "complete"


def unverified(flags: int) -> int:
    return flags & ~0x04


@sqlite
def test_a_passkey_that_verified_nobody_needs_the_app_and_counts_once(make_app: MakeApp) -> None:
    app = make_app(USER_VERIFICATION="preferred", MFA_POLICY="enrolled", STEP_UP_AGE="10m")
    adas = Clerk(Person(app, "ada").set_up())
    adas.add()
    alone = elsewhere(adas).sign_in_by_passkey(flags=unverified)
    assert refusal(alone) == (422, "passkey_retrieval_failed")
    sentence = (alone.json or {})["errors"][0]["long_message"]
    assert sentence.endswith("Sign in at http://localhost:8000/login.")
    _, codes = totp_on(adas)
    other = elsewhere(adas)
    sign_in = (other.sign_in_by_passkey(flags=unverified).json or {})["response"]
    assert sign_in["first_factor_verification"]["strategy"] == "passkey"
    factors = [each["strategy"] for each in sign_in["supported_second_factors"]]
    assert factors == ["totp", "backup_code"]
    path = f"{SIGN_INS}/{sign_in['id']}/prepare_second_factor"
    again = other.ask("POST", path, {"strategy": "passkey"}, query=NEW_API)
    assert refusal(again) == (422, "form_param_value_invalid")
    done = second(other, sign_in, strategy="backup_code", code=codes[0])
    assert status_of(done) == "complete"


@sqlite
def test_with_user_verification_a_passkey_completes_at_once(adas: Clerk) -> None:
    totp_on(adas)
    adas.add()
    other = elsewhere(adas)
    assert status_of(other.sign_in_by_passkey()) == "complete"
    assert other.session()["factor_verification_age"] == [0, 0]


@sqlite
def test_ten_wrong_codes_end_the_sign_in(adas: Clerk) -> None:
    _, codes = totp_on(adas)
    other = elsewhere(adas)
    sign_in = waiting(other)
    for _ in range(10):
        wrong = second(other, sign_in, strategy="backup_code", code="x")
        assert refusal(wrong) == (422, "form_code_incorrect")
    late = second(other, sign_in, strategy="backup_code", code=codes[0])
    assert refusal(late) == (404, "resource_not_found")
    assert other.given("GET", "/v1/client") is None


@sqlite
def test_it_ends_after_ten_minutes(adas: Clerk) -> None:
    with time_machine.travel("2026-05-05", tick=False) as clock:
        adas.person.log_in()
        _, codes = totp_on(adas)
        other = elsewhere(adas)
        sign_in = waiting(other)
        clock.shift(timedelta(minutes=10))
        late = second(other, sign_in, strategy="backup_code", code=codes[0])
        assert refusal(late) == (404, "resource_not_found")


@sqlite
@pytest.mark.parametrize("change", ["password", "disabled", "factors"])
def test_what_changes_in_between_counts(adas: Clerk, change: str) -> None:
    _, codes = totp_on(adas)
    other = elsewhere(adas)
    sign_in = waiting(other)
    if change == "password":
        form = {"new_password": "another good one", "current_password": PASSWORD}
        adas.given("POST", "/v1/me/change_password", form)
    elif change == "disabled":
        User.update(disabled_at=1).execute()
    else:
        adas.given("DELETE", "/v1/me/totp")
    late = second(other, sign_in, strategy="backup_code", code=codes[0])
    assert refusal(late)[0] == 404
    assert other.given("GET", "/v1/client") is None


@sqlite
def test_the_passkey_of_another_is_none(adas: Clerk) -> None:
    adas.add()
    bobs = Clerk(Person(adas.person.app, "bob").added_by_hand())
    bobs.add()
    other = elsewhere(adas)
    sign_in = waiting(other, query=NEW_API)
    nonce = passkey_nonce(other, sign_in)
    [mine] = bobs.person.authenticator.credentials
    answer = second(
        other,
        sign_in,
        strategy="passkey",
        public_key_credential=shown(other, nonce, credential=mine),
        query=NEW_API,
    )
    assert refusal(answer) == (422, "passkey_retrieval_failed")
    assert not other.person.signed_in()


@sqlite
def test_a_native_client_does_both_steps(adas: Clerk) -> None:
    _, codes = totp_on(adas)
    query = {"_is_native": "1"}
    native = elsewhere(adas)
    begun = by_password(native, query=query)
    assert "Set-Cookie" not in begun.headers
    sign_in = (begun.json or {})["response"]
    path = f"{SIGN_INS}/{sign_in['id']}/attempt_second_factor"
    form = {"strategy": "backup_code", "code": codes[0]}
    headers = {"Authorization": begun.headers["Authorization"]}
    assert refusal(native.ask("GET", "/v1/me", query=query, headers=headers))[0] == 401
    done = native.ask("POST", path, form, query=query, headers=headers)
    assert status_of(done) == "complete"
    kept = {"Authorization": done.headers["Authorization"]}
    assert native.given("GET", "/v1/me", query=query, headers=kept)["username"] == "ada"


@sqlite
def test_under_the_optional_policy_the_app_is_asked_and_a_passkey_is_not(
    make_app: MakeApp,
) -> None:
    adas = Clerk(Person(make_app(), "ada").set_up())
    adas.add()
    assert status_of(by_password(elsewhere(adas))) == "complete"
    totp_on(adas)
    waiting(elsewhere(adas))
