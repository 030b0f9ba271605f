"""/v1/me/totp and backup codes: turning the authenticator app on and off."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from tests.clerk.client import Clerk, refusal
from tests.clerk.factors import code, elsewhere, totp_on
from tests.conftest import MakeApp
from tests.people import Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ATTEMPT = "/v1/me/totp/attempt_verification"


def test_it_is_turned_on_and_off_and_the_user_says_so(adas: Clerk) -> None:
    before = adas.given("GET", "/v1/me")
    assert before["password_enabled"] is True
    flags = ("totp_enabled", "two_factor_enabled", "backup_code_enabled")
    assert [before[name] for name in flags] == [False] * 3
    offered = adas.given("POST", "/v1/me/totp")
    assert (offered["object"], offered["verified"]) == ("totp", False)
    query = parse_qs(urlsplit(offered["uri"]).query)
    assert query["secret"] == [offered["secret"]]
    assert adas.given("POST", "/v1/me/totp")["secret"] == offered["secret"]
    answer = adas.ask("POST", ATTEMPT, {"code": code(offered["secret"])})
    made = (answer.json or {})["response"]
    assert (made["id"], made["verified"]) == (offered["id"], True)
    assert (made["secret"], made["uri"], len(made["backup_codes"])) == (None, None, 10)
    [session] = (answer.json or {})["client"]["sessions"]
    assert [session["user"][name] for name in flags] == [True] * 3
    assert session["user"]["mfa_enabled_at"] == made["created_at"]
    assert session["user"]["mfa_disabled_at"] is None
    assert session["user"]["updated_at"] >= before["updated_at"]
    assert refusal(adas.ask("POST", "/v1/me/totp")) == (400, "totp_already_enabled")

    answer = adas.ask("DELETE", "/v1/me/totp")
    deleted = {"object": "totp", "id": made["id"], "deleted": True}
    assert (answer.json or {})["response"] == deleted
    user = (answer.json or {})["client"]["sessions"][0]["user"]
    assert [user[name] for name in flags] == [False] * 3
    assert user["mfa_enabled_at"] is None and user["mfa_disabled_at"] > 0
    assert refusal(adas.ask("DELETE", "/v1/me/totp")) == (404, "resource_not_found")


def test_a_wrong_code_turns_nothing_on(adas: Clerk) -> None:
    assert refusal(adas.ask("POST", ATTEMPT, {"code": "123456"})) == (400, "verification_expired")
    with time_machine.travel("2026-05-05", tick=False) as clock:
        adas.person.log_in()
        secret = adas.given("POST", "/v1/me/totp")["secret"]
        for wrong in (code(secret, ago=300), "12", "", "abcdef"):
            assert refusal(adas.ask("POST", ATTEMPT, {"code": wrong})) == (
                422,
                "form_code_incorrect",
            )
        assert refusal(adas.ask("POST", ATTEMPT, {})) == (422, "form_param_missing")
        assert adas.given("GET", "/v1/me")["totp_enabled"] is False
        clock.shift(timedelta(minutes=10))
        late = adas.ask("POST", ATTEMPT, {"code": code(secret)})
        assert refusal(late) == (400, "verification_expired")


def test_an_offer_is_of_one_session(adas: Clerk) -> None:
    secret = adas.given("POST", "/v1/me/totp")["secret"]
    other = elsewhere(adas)
    other.person.log_in()
    stolen = other.ask("POST", ATTEMPT, {"code": code(secret)})
    assert refusal(stolen) == (400, "verification_expired")


@pytest.mark.parametrize("path", ["/v1/me/backup_codes", "/v1/me/backup_codes/"])
def test_backup_codes_replace_all_before(adas: Clerk, path: str) -> None:
    assert refusal(adas.ask("POST", path)) == (403, "authorization_invalid")
    _, first = totp_on(adas)
    answer = adas.ask("POST", path)
    made = (answer.json or {})["response"]
    assert (made["object"], len(made["codes"])) == ("backup_code", 10)
    assert not set(made["codes"]) & set(first)
    assert "codes" not in str((answer.json or {})["client"]).replace("backup_code", "")


def test_codes_that_there_are_stay_when_the_app_is_turned_on(adas: Clerk) -> None:
    adas.add()
    adas.given("POST", "/v1/me/backup_codes/")
    secret = adas.given("POST", "/v1/me/totp")["secret"]
    made = adas.given("POST", ATTEMPT, {"code": code(secret)})
    assert made["backup_codes"] is None


def test_codes_and_passkeys_alone_are_no_two_factors(adas: Clerk) -> None:
    adas.add()
    adas.given("POST", "/v1/me/backup_codes/")
    user = adas.given("GET", "/v1/me")
    assert (user["backup_code_enabled"], user["two_factor_enabled"]) == (True, False)
    assert user["mfa_enabled_at"] is None


def test_under_the_required_policy_the_last_stays(make_app: MakeApp) -> None:
    app = make_app(MFA_POLICY="required")
    adas = Clerk(Person(app, "ada").set_up())
    totp_on(adas)
    assert refusal(adas.ask("DELETE", "/v1/me/totp")) == (403, "authorization_invalid")
    environment = adas.ask("GET", "/v1/environment").json or {}
    settings = environment["user_settings"]
    assert settings["sign_up"]["mfa"] == {"required": True}
    assert settings["sign_in"] == {"second_factor": {"required": True}}
    adas.add()
    adas.given("DELETE", "/v1/me/totp")


def test_the_environment_switches_the_components_on(make_app: MakeApp) -> None:
    for age, asks in (("10m", True), ("0", False)):
        clerk = Clerk(Person(make_app(STEP_UP_AGE=age), "eve"))
        environment = clerk.ask("GET", "/v1/environment").json or {}
        assert environment["auth_config"]["reverification"] is asks
    settings = environment["user_settings"]
    for name, strategy in (("authenticator_app", "totp"), ("backup_code", "backup_code")):
        attribute = settings["attributes"][name]
        assert (attribute["enabled"], attribute["used_for_second_factor"]) == (True, True)
        assert attribute["second_factors"] == [strategy]
        assert not attribute["required"]
    assert settings["passkey_settings"]["satisfies_second_factor"] is True
    assert "mfa" not in settings["sign_up"]
