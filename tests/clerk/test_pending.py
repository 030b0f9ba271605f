"""A session that only serves to enrol: pending, with a task, and nobody elsewhere."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from app.core import administration
from app.core.mfa import recovery
from tests.clerk.client import PASSKEYS, Clerk, refusal
from tests.clerk.factors import code, reverified, totp_on
from tests.conftest import MakeApp
from tests.documented import Documented
from tests.people import API, PASSWORD, Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
REFUSED = (403, "second_factor_required")


@pytest.fixture
def adas(make_app: MakeApp) -> Clerk:
    """The first account, which has to enrol a second factor."""
    app = make_app(STEP_UP_AGE="10m", MFA_POLICY="required")
    return Clerk(Person(app, "ada").set_up())


def linked(clerk: Clerk) -> Clerk:
    """Return another browser, signed in by a one-time link."""
    other = Clerk(Person(clerk.person.app, clerk.person.username))
    with clerk.person.app.test_request_context():
        user = administration.find(clerk.person.username)
        link = recovery.make_link(user, context=clerk.person.context())
    assert other.person.post(f"{API}/link", {"token": link}).status_code == 200
    return other


@pytest.mark.parametrize("factor", ["passkey", "TOTP"])
def test_the_task_is_done_by_a_factor(adas: Clerk, factor: str) -> None:
    session = adas.session()
    assert (session["status"], session["tasks"]) == ("pending", [{"key": "setup-mfa"}])
    assert adas.given("GET", "/v1/me")["username"] == "ada"
    own = f"/v1/client/sessions/{session['id']}"
    assert adas.given("POST", f"{own}/touch")["status"] == "pending"
    assert refusal(adas.ask("POST", f"{own}/tokens")) == REFUSED
    if factor == "passkey":
        begun = adas.begin()
        answer = adas.attempt(begun, adas.credential(begun))
    else:
        secret = adas.given("POST", "/v1/me/totp")["secret"]
        answer = adas.ask("POST", "/v1/me/totp/attempt_verification", {"code": code(secret)})
    [after] = (answer.json or {})["client"]["sessions"]
    assert (after["id"], after["status"], after["tasks"]) == (session["id"], "active", None)
    assert adas.ask("POST", f"{own}/tokens").status_code == 200


def test_every_other_route_refuses_it(adas: Clerk) -> None:
    own, checked = adas.session()["id"], 0
    for rule in adas.person.app.url_map.iter_rules():
        view: Any = adas.person.app.view_functions[rule.endpoint]
        if not rule.rule.startswith("/v1/") or not view.operation.signed_in:
            continue
        if getattr(view, "enrolling", False):
            continue
        path = rule.rule.replace("<session_id>", own).replace("<passkey_id>", "idn_c1")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = adas.ask(method, path, {"new_password": "x", "username": "x", "code": "1"})
            assert refusal(answer) == REFUSED, (method, path)
            checked += 1
    assert checked >= 6


def test_it_removes_renames_and_ends_nothing(adas: Clerk) -> None:
    begun = adas.begin()
    assert refusal(adas.ask("PATCH", f"{PASSKEYS}/{begun['id']}", {"name": "x"})) == REFUSED
    assert adas.ask("DELETE", f"{PASSKEYS}/{begun['id']}").status_code == 200
    form = {"new_password": "another good one", "current_password": PASSWORD}
    assert refusal(adas.ask("POST", "/v1/me/change_password", form)) == REFUSED
    assert adas.given("DELETE", "/v1/client/sessions") is not None


def test_an_old_one_confirms_its_password_first(adas: Clerk) -> None:
    with time_machine.travel(timedelta(minutes=11)):
        refused = adas.ask("POST", PASSKEYS)
        assert refusal(refused) == (403, "session_reverification_required")
        started = reverified(adas, level="second_factor")
        assert started["supported_first_factors"] == [{"strategy": "password"}]
        form = {"strategy": "password", "password": PASSWORD}
        assert reverified(adas, "attempt_first_factor", **form)["status"] == "complete"
        adas.add()


def test_who_has_a_link_adds_a_factor_and_sets_a_password_at_any_step_up(
    make_app: MakeApp,
) -> None:
    for age in ("10m", "0"):
        app = make_app(STEP_UP_AGE=age, MFA_POLICY="optional")
        adas = Clerk(Person(app, f"ada{age}").added_by_hand())
        passkey = adas.add()
        other = linked(adas)
        assert other.session()["status"] == "pending"
        first, second = other.session()["factor_verification_age"]
        assert min(first, second) > 20_000_000
        assert refusal(other.ask("DELETE", f"{PASSKEYS}/{passkey['id']}")) == REFUSED
        changed = other.given("POST", "/v1/me/change_password", {"new_password": "a new one 1"})
        assert changed["password_enabled"] is True
        # The password beside a link is no factor where there are others.
        assert other.session()["status"] == "pending"
        other.person.authenticator = adas.person.authenticator
        totp_on(other)
        assert other.session()["status"] == "active"


def test_a_session_of_before_the_policy_signs_in_again(make_app: MakeApp) -> None:
    adas = Clerk(Person(make_app(MFA_POLICY="optional"), "ada").set_up())
    adas.add()
    other = Clerk(Person(adas.person.app, "ada"))
    other.person.log_in()
    stricter = make_app(MFA_POLICY="required")
    cookie = other.person.browser.get_cookie("passline_session")
    assert cookie
    late = Clerk(Person(stricter, "ada"))
    late.person.browser.set_cookie("passline_session", cookie.value)
    assert refusal(late.ask("GET", "/v1/me")) == (401, "session_not_found")
    assert late.given("GET", "/v1/client") is None


def test_the_refusal_is_documented(adas: Clerk) -> None:
    for path, method, operation in Documented(adas.person.app).operations():
        if path == "/v1/me/sessions":
            assert "403" in operation["responses"], method
