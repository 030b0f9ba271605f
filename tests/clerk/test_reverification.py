"""A guarded act asks who it is, and a session proves that again."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from time_machine import Traveller

from app.core.mfa import recovery_codes
from app.storage import database
from tests.clerk.client import PASSKEYS, Clerk, refusal
from tests.clerk.factors import (
    NEW_API,
    OLD_MINUTES,
    code,
    elsewhere,
    reverified,
    second,
    shown,
    status_of,
    totp_on,
    verify,
    waiting,
)
from tests.clerk.test_tokens import token, verified
from tests.conftest import MakeApp
from tests.people import PASSWORD, Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def clock() -> Iterator[Traveller]:
    """The clock, which moves only by hand."""
    with time_machine.travel("2026-05-05", tick=False) as traveller:
        yield traveller


@pytest.fixture
def adas(make_app: MakeApp, clock: Traveller) -> Clerk:
    """The first account, where proofs are old after ten minutes."""
    return Clerk(Person(make_app(STEP_UP_AGE="10m"), "ada").set_up())


def due(clerk: Clerk, method: str, path: str, form: dict[str, Any] | None = None) -> str:
    """Return the level that a guarded act asks for; it has to be refused."""
    answer = clerk.ask(method, path, form)
    assert refusal(answer) == (403, "session_reverification_required")
    asked = (answer.json or {})["errors"][0]["meta"]["reverification"]
    assert asked["afterMinutes"] == 10
    return str(asked["level"])


GUARDED: dict[str, tuple[str, str, dict[str, str]]] = {
    "passkey": ("POST", PASSKEYS, {}),
    "passkey removed": ("DELETE", f"{PASSKEYS}/ID", {}),
    "codes": ("POST", "/v1/me/backup_codes", {}),
    "codes as the SDK sends it": ("POST", "/v1/me/backup_codes/", {}),
    "password": ("POST", "/v1/me/change_password", {"new_password": "another one"}),
    "username": ("PATCH", "/v1/me", {"username": "other"}),
    "TOTP": ("POST", "/v1/me/totp", {}),
}


@pytest.mark.parametrize("act", GUARDED.values(), ids=GUARDED)
def test_a_guarded_act_asks_and_goes_on_after_a_proof(
    adas: Clerk, clock: Traveller, act: tuple[str, str, dict[str, str]]
) -> None:
    act = (act[0], act[1].replace("ID", adas.add()["id"]), act[2])
    clock.shift(timedelta(minutes=11))
    own = adas.session()["id"]
    assert due(adas, *act) == "second_factor"
    started = reverified(adas, level="second_factor")
    assert started["status"] == "needs_first_factor"
    assert started["supported_first_factors"] == [{"strategy": "passkey"}]
    assert started["supported_second_factors"] is None
    prepared = reverified(adas, "prepare_first_factor", strategy="passkey")
    nonce = prepared["first_factor_verification"]["nonce"]
    before = adas.person.browser.get_cookie("passline_session")
    done = verify(
        adas,
        "attempt_first_factor",
        strategy="passkey",
        public_key_credential=shown(adas, nonce),
    )
    assert status_of(done) == "complete"
    after = adas.person.browser.get_cookie("passline_session")
    assert before and after and before.value != after.value
    # The client of that very answer is as it is now.
    [session] = (done.json or {})["client"]["sessions"]
    assert (session["id"], session["factor_verification_age"]) == (own, [0, 0])
    assert adas.ask(*act).status_code == 200
    copy = elsewhere(adas)
    copy.person.browser.set_cookie("passline_session", before.value)
    assert refusal(copy.ask("GET", "/v1/me")) == (401, "session_not_found")


def test_without_a_second_factor_the_password_is_asked(adas: Clerk, clock: Traveller) -> None:
    clock.shift(timedelta(minutes=11))
    assert due(adas, "POST", "/v1/me/totp") == "first_factor"
    for level in ("first_factor", "second_factor", "multi_factor"):
        started = reverified(adas, level=level)
        assert (started["level"], started["status"]) == ("first_factor", "needs_first_factor")
        assert started["supported_first_factors"] == [{"strategy": "password"}]
    wrong = verify(adas, "attempt_first_factor", strategy="password", password="wrong")
    assert refusal(wrong) == (422, "form_password_incorrect")
    done = reverified(adas, "attempt_first_factor", strategy="password", password=PASSWORD)
    assert done["status"] == "complete"
    assert done["first_factor_verification"]["strategy"] == "password"
    adas.given("POST", f"/v1/client/sessions/{adas.session()['id']}/touch")
    totp_on(adas)


def test_with_the_app_its_code_is_asked(adas: Clerk, clock: Traveller) -> None:
    secret, _ = totp_on(adas)
    clock.shift(timedelta(minutes=11))
    assert due(adas, "DELETE", "/v1/me/totp") == "second_factor"
    started = reverified(adas, level="second_factor")
    assert started["status"] == "needs_second_factor"
    factors = [each["strategy"] for each in started["supported_second_factors"]]
    assert factors == ["totp", "backup_code"]
    assert started["supported_first_factors"] is None
    wrong = verify(adas, "attempt_second_factor", strategy="totp", code=code(secret, ago=600))
    assert refusal(wrong) == (422, "form_code_incorrect")
    # The password alone does not end it.
    half = reverified(adas, "attempt_first_factor", strategy="password", password=PASSWORD)
    assert half["status"] == "needs_second_factor"
    due(adas, "DELETE", "/v1/me/totp")
    done = reverified(adas, "attempt_second_factor", strategy="totp", code=code(secret))
    assert done["status"] == "complete"
    assert adas.given("DELETE", "/v1/me/totp")["deleted"] is True


def test_a_backup_code_ends_it_once(adas: Clerk, clock: Traveller) -> None:
    _, codes = totp_on(adas)
    clock.shift(timedelta(minutes=11))
    reverified(adas, level="second_factor")
    done = reverified(adas, "attempt_second_factor", strategy="backup_code", code=codes[0])
    assert done["status"] == "complete"
    again = verify(adas, "attempt_second_factor", strategy="backup_code", code=codes[1])
    assert refusal(again)[0] == 422  # nothing counts twice
    assert len(adas.given("POST", "/v1/me/backup_codes/")["codes"]) == 10


def test_multi_factor_asks_for_both(adas: Clerk, clock: Traveller) -> None:
    secret, _ = totp_on(adas)
    clock.shift(timedelta(minutes=11))
    assert reverified(adas, level="multi_factor")["status"] == "needs_first_factor"
    half = reverified(adas, "attempt_first_factor", strategy="password", password=PASSWORD)
    assert half["status"] == "needs_second_factor"
    done = reverified(adas, "attempt_second_factor", strategy="totp", code=code(secret))
    assert done["status"] == "complete"
    assert adas.session()["factor_verification_age"] == [0, 0]


def test_first_factor_is_enough_for_ending_other_sessions(adas: Clerk, clock: Traveller) -> None:
    totp_on(adas)
    other = Clerk(Person(adas.person.app, "ada"))
    clock.shift(timedelta(minutes=11))
    ended = begin_other_session(adas, other)
    path = f"/v1/me/sessions/{ended}/revoke"
    assert due(adas, "POST", path) == "first_factor"
    started = reverified(adas, level="first_factor")
    assert started["supported_first_factors"] == [{"strategy": "password"}]
    done = reverified(adas, "attempt_first_factor", strategy="password", password=PASSWORD)
    assert done["status"] == "complete"
    assert adas.given("POST", path)["status"] == "revoked"


def begin_other_session(adas: Clerk, other: Clerk) -> str:
    """Begin another session of the person, and return its id."""
    codes = second_set(adas)
    sign_in = waiting(other)
    assert status_of(second(other, sign_in, strategy="backup_code", code=codes[0])) == "complete"
    return str(other.session()["id"])


def second_set(adas: Clerk) -> list[str]:
    """Return new backup codes of the person, made by hand."""
    with adas.person.app.test_request_context(), database.durable():
        context = adas.person.context()
        assert context.caller.session
        return recovery_codes.replaced(context.caller.session.user_id, context=context)


def test_a_passkey_is_a_second_factor_for_new_clients(adas: Clerk, clock: Traveller) -> None:
    totp_on(adas)
    adas.add()
    clock.shift(timedelta(minutes=11))
    started = reverified(adas, level="second_factor", query=NEW_API)
    factors = [each["strategy"] for each in started["supported_second_factors"]]
    assert factors == ["totp", "backup_code", "passkey"]
    refused = verify(adas, "prepare_second_factor", strategy="passkey")
    assert refusal(refused) == (422, "form_param_value_invalid")
    prepared = reverified(adas, "prepare_second_factor", strategy="passkey", query=NEW_API)
    assert prepared["status"] == "needs_second_factor"
    nonce = prepared["second_factor_verification"]["nonce"]
    form = {"strategy": "passkey", "public_key_credential": shown(adas, nonce)}
    refused = verify(adas, "attempt_second_factor", **form)
    assert refusal(refused) == (422, "form_param_value_invalid")
    done = reverified(adas, "attempt_second_factor", **form, query=NEW_API)
    assert done["status"] == "complete"


def test_a_challenge_of_the_one_is_good_for_nothing_else(adas: Clerk) -> None:
    adas.add()
    prepared = reverified(adas, "prepare_first_factor", strategy="passkey")
    signed = shown(adas, prepared["first_factor_verification"]["nonce"])
    other = elsewhere(adas)
    begun = other.given("POST", "/v1/client/sign_ins", {"strategy": "passkey"})
    path = f"/v1/client/sign_ins/{begun['id']}/attempt_first_factor"
    stolen = other.ask("POST", path, {"strategy": "passkey", "public_key_credential": signed})
    assert refusal(stolen) == (400, "verification_failed")
    signed = shown(adas, begun["first_factor_verification"]["nonce"])
    form = {"strategy": "passkey", "public_key_credential": signed}
    refused = verify(adas, "attempt_first_factor", **form)
    assert refusal(refused) == (400, "verification_failed")
    # Of another session of the same person, likewise.
    other.person.log_in()
    prepared = reverified(adas, "prepare_first_factor", strategy="passkey")
    signed = shown(adas, prepared["first_factor_verification"]["nonce"])
    form = {"strategy": "passkey", "public_key_credential": signed}
    refused = verify(other, "attempt_first_factor", **form)
    assert refusal(refused) == (400, "verification_failed")


def test_another_persons_session_is_unknown(adas: Clerk) -> None:
    bobs = Clerk(Person(adas.person.app, "bob").added_by_hand())
    path = f"/v1/client/sessions/{adas.session()['id']}/verify"
    forms = {
        "": {"level": "first_factor"},
        "/prepare_first_factor": {"strategy": "passkey"},
        "/prepare_second_factor": {"strategy": "passkey"},
        "/attempt_first_factor": {"strategy": "password", "password": PASSWORD},
        "/attempt_second_factor": {"strategy": "totp", "code": "123456"},
    }
    for step, form in forms.items():
        answer = bobs.ask("POST", path + step, form, query=NEW_API)
        assert refusal(answer) == (404, "resource_not_found")
        nobodys = Clerk(Person(adas.person.app, "eve")).ask("POST", path + step, form)
        assert refusal(nobodys) == (401, "authentication_invalid")


def test_ten_wrong_answers_end_the_session(adas: Clerk) -> None:
    totp_on(adas)
    for _ in range(10):
        wrong = verify(adas, "attempt_second_factor", strategy="backup_code", code="x")
        assert refusal(wrong) == (422, "form_code_incorrect")
    assert adas.given("GET", "/v1/client") is None


def test_at_step_up_0_nothing_is_asked(make_app: MakeApp) -> None:
    with time_machine.travel("2026-05-05", tick=False) as clock:
        adas = Clerk(Person(make_app(STEP_UP_AGE="0"), "ada").set_up())
        clock.shift(timedelta(hours=1))
        totp_on(adas)
        adas.given("DELETE", "/v1/me/totp")


def test_what_is_free_asks_nothing(adas: Clerk, clock: Traveller) -> None:
    passkey = adas.add()
    begun = adas.begin()
    clock.shift(timedelta(minutes=4))
    assert adas.attempt(begun, adas.credential(begun)).status_code == 200
    clock.shift(timedelta(minutes=11))
    assert adas.ask("PATCH", f"{PASSKEYS}/{passkey['id']}", {"name": "x"}).status_code == 200
    adas.given("POST", f"/v1/client/sessions/{adas.session()['id']}/touch")
    assert adas.ask("GET", "/v1/me/sessions").status_code == 200


def fva(clerk: Clerk) -> list[int]:
    claims = verified(clerk, token(clerk), options={"verify_exp": False, "verify_nbf": False})
    assert (claims["sts"], claims["v"]) == ("active", 2)
    assert claims["fva"] == clerk.session()["factor_verification_age"]
    return list(claims["fva"])


def test_fva_of_a_session_that_has_not_proved_a_factor_is_never_fresh(
    adas: Clerk, clock: Traveller
) -> None:
    assert fva(adas) == [0, -1]
    adas.add()
    assert fva(adas) == [0, 0]
    other = elsewhere(adas)
    other.person.log_in()
    first, second_age = fva(other)
    assert first == 0 and second_age > OLD_MINUTES
    clock.shift(timedelta(minutes=5))
    assert fva(other)[0] == 5
    listed = {each["id"]: each for each in adas.ask("GET", "/v1/me/sessions").json or []}
    shown_ages = listed[other.session()["id"]]["factor_verification_age"]
    assert shown_ages == fva(other)
    # A factor that was removed voids what others have proved.
    totp_on(adas)
    adas.given("DELETE", "/v1/me/totp")
    first, second_age = fva(other)
    assert first > OLD_MINUTES and second_age > OLD_MINUTES
    assert fva(adas)[1] == 5


def test_a_proof_of_before_the_clock_went_back_is_not_fresh(adas: Clerk, clock: Traveller) -> None:
    clock.shift(timedelta(hours=-1))
    assert fva(adas)[0] > OLD_MINUTES
