"""POST /v1/me/change_password, and the username."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.clerk.client import Clerk, parameter, refusal
from tests.clerk.factors import elsewhere
from tests.conftest import MakeApp
from tests.people import PASSWORD, Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PATH, NEW = "/v1/me/change_password", "another good one"


def changed(clerk: Clerk, **form: Any) -> Any:
    return clerk.ask("POST", PATH, form)


@pytest.mark.parametrize("wish", ["true", "false", None])
def test_it_ends_the_other_sessions_in_any_case(adas: Clerk, wish: str | None) -> None:
    other = elsewhere(adas)
    other.person.log_in()
    own = adas.session()["id"]
    answer = changed(
        adas, new_password=NEW, current_password=PASSWORD, sign_out_of_other_sessions=wish
    )
    assert answer.status_code == 200, answer.text
    assert (answer.json or {})["response"]["object"] == "user"
    assert (answer.json or {})["client"]["sessions"][0]["id"] == own
    assert not other.person.signed_in()
    assert adas.session()["id"] == own
    assert elsewhere(adas).person.log_in().status_code != 200
    assert elsewhere(adas).person.log_in(NEW).status_code == 200


def test_at_step_up_0_the_current_password_is_demanded(adas: Clerk) -> None:
    answer = changed(adas, new_password=NEW)
    assert refusal(answer) == (422, "form_param_missing")
    assert parameter(answer) == "current_password"
    answer = changed(adas, new_password=NEW, current_password="wrong")
    assert (*refusal(answer), parameter(answer)) == (
        *(422, "form_password_incorrect"),
        "current_password",
    )


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "form_password_length_too_short"),
        ("", "form_password_length_too_short"),
        ("x" * 1025, "form_password_length_too_long"),
        ("password1", "form_password_pwned"),
        ("ada ada ada ada"[:3] + "\u200b" * 8, "form_password_not_strong_enough"),
        ("\u200b" * 9, "form_password_not_strong_enough"),
    ],
)
def test_a_password_that_the_policy_refuses_is_named(adas: Clerk, password: str, code: str) -> None:
    answer = changed(adas, new_password=password, current_password=PASSWORD)
    assert (*refusal(answer), parameter(answer)) == (422, code, "new_password")
    assert elsewhere(adas).person.log_in().status_code == 200


def test_a_missing_password_is_named(adas: Clerk) -> None:
    answer = changed(adas, current_password=PASSWORD)
    assert (*refusal(answer), parameter(answer)) == (422, "form_param_missing", "new_password")


def test_with_step_up_a_recent_proof_is_enough(make_app: MakeApp) -> None:
    adas = Clerk(Person(make_app(STEP_UP_AGE="10m"), "ada").set_up())
    with time_machine.travel(timedelta(minutes=11)):
        assert refusal(changed(adas, new_password=NEW)) == (403, "session_reverification_required")
        answer = changed(adas, new_password=NEW, current_password=PASSWORD)
        assert answer.status_code == 200
        assert changed(adas, new_password="and one more").status_code == 200


def test_the_username_changes(adas: Clerk, bobs: Clerk) -> None:
    answer = adas.ask("PATCH", "/v1/me", {"username": "lovelace"})
    assert (answer.json or {})["response"]["username"] == "lovelace"
    [session] = (answer.json or {})["client"]["sessions"]
    assert session["user"]["username"] == "lovelace"
    assert adas.given("PATCH", "/v1/me", {})["username"] == "lovelace"
    taken = bobs.ask("PATCH", "/v1/me", {"username": "lovelace"})
    assert (*refusal(taken), parameter(taken)) == (422, "form_identifier_exists", "username")
