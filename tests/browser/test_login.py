"""The sign-in page: the password form."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console
from tests.browser.people import PASSWORD, SIGN_IN, Person, requests, says, sign_in_by_password
from tests.browser.server import Server, served_with

pytestmark = pytest.mark.browser


def test_a_password_signs_in(person: Person) -> None:
    person.sign_out()
    person.page.goto("/login")
    sign_in_by_password(person.page, person.username)
    expect(person.page).to_have_url("/passkeys")
    says(person.page, person.username, "#account-name")


def test_a_wrong_password_says_no_more_than_that(person: Person, console: Console) -> None:
    console.expect("status of 400")
    person.sign_out()
    person.page.goto("/login")
    sign_in_by_password(person.page, person.username, "wrong password")
    expect(person.page.locator("#alert")).to_have_text("Wrong username or password.")


def test_after_a_wrong_password_the_next_one_can_be_typed_at_once(
    person: Person, console: Console
) -> None:
    console.expect("status of 400")
    person.sign_out()
    person.page.goto("/login")
    sign_in_by_password(person.page, person.username, "wrong password")
    expect(person.page.locator("#password")).to_be_focused()
    person.page.keyboard.type(PASSWORD)
    person.page.keyboard.press("Enter")
    expect(person.page).to_have_url("/passkeys")


def test_what_is_left_out_is_said_at_its_field(page: Page) -> None:
    page.goto("/login")
    page.locator("#password-submit").click()
    expect(page.locator("#username-error")).to_have_text("Enter your username.")
    expect(page.locator("#password-error")).to_have_text("Enter your password.")
    expect(page.locator("#username")).to_be_focused()


@served_with(TRUSTED_PROXIES="127.0.0.1")
def test_after_too_many_wrong_passwords_the_page_says_how_long_to_wait(
    page: Page, live_server: Server, console: Console
) -> None:
    console.expect("status of 429")
    # An address of its own: the one of the other tests must not be delayed.
    page.context.set_extra_http_headers({"X-Forwarded-For": "192.0.2.9"})
    wrong = {"username": "eve", "password": "wrong password"}
    for _ in range(6):
        page.request.post(f"{live_server.url}{SIGN_IN}/password", data=wrong)
    live_server.sql("UPDATE failures SET count = 40, blocked_until = blocked_until + 60000")
    page.goto("/login")
    sign_in_by_password(page, "eve", "wrong password")
    message = re.compile(r"^Too many tries\. Wait [56]\d seconds, then try again\.$")
    expect(page.locator("#alert")).to_have_text(message)


def test_the_password_can_be_shown_and_is_hidden_again_when_it_is_sent(person: Person) -> None:
    person.sign_out()
    page = person.page
    page.goto("/login")
    page.get_by_role("button", name="Show password").click()
    expect(page.locator("#password")).to_have_attribute("type", "text")
    page.route(f"**{SIGN_IN}/password", lambda _: None)  # the request stays under way
    sign_in_by_password(page, person.username)
    expect(page.locator("#password")).to_have_attribute("type", "password")


@served_with(PASSKEYS_ENABLED="false")
def test_where_passkeys_are_off_only_the_password_is_offered(person: Person) -> None:
    person.sign_out()
    person.page.goto("/login")
    expect(person.page.locator("#passkey-button")).to_have_count(0)
    with requests(person.page, "GET", f"{SIGN_IN}/options") as started:
        sign_in_by_password(person.page, person.username)
        says(person.page, "Passkeys are turned off on this service.", "#passkeys-off")
    assert started == []
