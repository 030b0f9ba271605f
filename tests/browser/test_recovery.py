"""Coming back by a recovery code or a one-time link, and what is asked then."""

import pytest
from playwright.sync_api import expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.conftest import Console
from tests.browser.people import API, PASSWORD, Person, led_to_login, requests, says, set_up_app
from tests.browser.server import served_with

pytestmark = pytest.mark.browser

WHOLE = "That was all: you are signed in completely now."


def fill_in(person: Person, code: str, password: str) -> None:
    """Fill in the form of the page for who cannot sign in, and send it."""
    person.page.locator("#code").fill(code)
    person.page.locator("#username").fill(person.username)
    person.page.locator("#password").fill(password)
    person.page.get_by_role("button", name="Sign in with this code").click()


def test_a_recovery_code_and_the_password_let_in_who_lost_the_app(
    person: Person, console: Console
) -> None:
    console.expect("status of 400")
    _, codes = person.turn_totp_on()
    person.sign_out()
    page = person.page
    page.goto("/login")
    page.get_by_role("link", name="Can’t sign in?").click()
    page.wait_for_url("/recover")  # until its script listens
    page.get_by_role("button", name="Sign in with this code").click()
    says(page, "Type one of your recovery codes.", "#code-error")
    says(page, "Enter your username.", "#username-error")
    fill_in(person, codes[0], "not my password")
    says(page, "That didn’t work. Check the code", "#code-error")
    fill_in(person, codes[0], PASSWORD)
    says(page, "You are signed in.", "#status")
    says(page, "9 of 10 left", "#codes-badge")


def test_an_unknown_account_gets_the_same_answer(person: Person, console: Console) -> None:
    console.expect("status of 400")
    person.sign_out()
    person.page.goto("/recover")
    fill_in(person, "0" * 24, PASSWORD[::-1])
    said = person.page.locator("#code-error")
    expect(said).to_contain_text("That didn’t work.")
    words = said.inner_text()
    person.page.locator("#username").fill("nobody")
    person.page.get_by_role("button", name="Sign in with this code").click()
    expect(said).to_have_text(words)


def test_a_recovery_code_alone_only_serves_to_set_up_something_new(
    person: Person, authenticator: VirtualAuthenticator
) -> None:
    _, codes = person.turn_totp_on()
    sql = "UPDATE users SET password_hash = NULL WHERE username = ?"
    person.server.sql(sql, person.username)
    person.sign_out()
    page = person.page
    page.goto("/recover")
    fill_in(person, codes[0], "")
    says(page, "You came in without your usual ways.", "#standing")
    expect(page.locator("#policy")).to_be_hidden()
    expect(page.locator("#way-codes")).to_be_hidden()
    page.get_by_role("link", name="Authenticator app", exact=True).click()
    set_up_app(page)
    says(page, WHOLE, "#status")
    expect(page.locator("#standing")).to_be_hidden()
    expect(page.locator("#way-codes")).to_be_visible()


def test_a_link_lets_in_who_has_lost_everything_once_and_leaves_no_trace_in_the_address(
    person: Person, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 400")
    person.turn_totp_on()
    person.sign_out()
    link = person.make_link()
    page = person.page
    with requests(page, "POST", f"{API}/link") as used:
        page.goto(link)
        expect(page).to_have_url("/link")
        page.reload()
        says(page, "Open it again just as you got it")
        assert used == []
    page.goto("/login")
    page.goto(link)
    page.get_by_role("button", name="Use this link").click()
    says(page, "You came in without your usual ways.", "#standing")
    page.get_by_role("link", name="set a new one").click()
    page.wait_for_url("/security/password")
    page.locator("#password").fill("another horse entirely")
    page.get_by_role("button", name="Save password").click()
    says(page, "Your new password is set.", "#status")
    expect(page.locator("#standing")).to_be_visible()  # the app that was lost is asked for still
    person.add_passkey()
    says(page, WHOLE, "#status")
    expect(page.locator("#standing")).to_be_hidden()
    expect(page.locator("[data-action=rename]")).to_be_visible()
    page.goto(link)
    page.get_by_role("button", name="Use this link").click()
    says(page, "This link has been used, has timed out or was replaced by a newer one.")
    expect(page.locator("#use-link")).to_be_hidden()


def test_another_passkey_signs_in(owner: Person) -> None:
    page = owner.page
    page.goto("/recover")
    page.locator("summary").first.click()
    page.get_by_role("button", name="Try a passkey").click()
    expect(page).to_have_url("/security")


@served_with(MFA_POLICY="required", REGISTRATION="open")
def test_where_a_second_step_is_required_a_newcomer_adds_a_passkey_and_is_in(
    person: Person, authenticator: VirtualAuthenticator
) -> None:
    page = person.page
    page.goto("/passkeys?welcome=1")
    says(page, "asks everybody for a second step.", "#standing")
    says(page, "to go on.", "#standing")
    page.locator("#add-passkey").click()
    says(page, WHOLE, "#status")
    expect(page.locator("#standing")).to_be_hidden()
    expect(page.locator("#codes-banner")).to_be_visible()
    assert person.call("GET", f"{API}/security").json()["standing"] == "whole"


@served_with(MFA_POLICY="required", REGISTRATION="open")
def test_where_a_second_step_is_required_a_newcomer_may_set_up_an_app_instead(
    person: Person,
) -> None:
    page = person.page
    page.goto("/security")
    says(page, "asks everybody for a second step.", "#standing")
    expect(page.locator("#way-password")).to_be_hidden()
    page.get_by_role("link", name="Authenticator app", exact=True).click()
    set_up_app(page)
    expect(page.locator("#standing")).to_be_hidden()
    page.get_by_role("button", name="I have saved them").click()
    says(page, WHOLE, "#status")
    page.locator("#sign-out").click()
    led_to_login(page)
