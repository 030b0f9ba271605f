"""From the first start to the first passkey, as whoever sets the service up sees it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console
from tests.browser.people import API, PASSWORD, led_to_login, says, tab_to, without_autofill
from tests.browser.server import Server, served_with

pytestmark = pytest.mark.browser
first_start = served_with(first_start=True)


def set_up(page: Page) -> None:
    page.goto("/setup")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create administrator account").click()
    expect(page.locator("#welcome")).to_be_visible()


@first_start
def test_the_first_start_leads_to_the_setup(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url("/setup")
    expect(page.get_by_role("heading", level=1)).to_have_text("Make the administrator account")


@first_start
def test_before_the_setup_every_page_leads_to_it(page: Page) -> None:
    for path in ("/login", "/register", "/passkeys"):
        page.goto(path)
        expect(page).to_have_url("/setup")


@first_start
def test_the_first_account_is_signed_in_and_welcomed(page: Page) -> None:
    set_up(page)
    expect(page).to_have_url("/passkeys")
    says(page, "Welcome, ada. Your account is ready.", "#welcome")
    expect(page.locator("#empty")).to_be_visible()


@first_start
def test_the_setup_is_closed_once_there_is_an_account(page: Page) -> None:
    set_up(page)
    page.locator("#sign-out").click()
    expect(page).to_have_url("/login")
    page.goto("/setup")
    expect(page).to_have_url("/login")


@first_start
def test_who_is_second_to_send_the_setup_is_told_to_sign_in(
    page: Page, live_server: Server, console: Console
) -> None:
    console.expect("status of 403")
    page.goto("/setup")
    assert page.request.post(f"{API}/setup", data={"username": "faster", "password": PASSWORD}).ok
    page.locator("#username").fill("ada")
    page.locator("#password").fill(PASSWORD)
    page.locator("#account-submit").click()
    says(page, "This service is set up already. Reload the page to sign in.")


@first_start
def test_a_password_that_is_too_short_is_said_at_the_field(page: Page) -> None:
    page.goto("/setup")
    page.locator("#username").fill("ada")
    page.locator("#password").fill("short")
    page.locator("#account-submit").click()
    expect(page.locator("#password-error")).to_have_text("Use at least 8 characters.")
    expect(page.locator("#password")).to_be_focused()


@served_with(first_start=True, RP_ID="auth.example.com", ORIGINS="https://auth.example.com")
def test_away_from_localhost_the_link_in_the_log_has_the_code_that_is_asked(
    page: Page, live_server: Server, console: Console
) -> None:
    console.expect("status of 403")
    page.goto("/setup")
    page.locator("#username").fill("ada")
    page.locator("#password").fill(PASSWORD)
    page.locator("#account-submit").click()
    expect(page.locator("#code-error")).to_have_text("Enter the set-up code.")
    expect(page.get_by_label("Set-up code")).to_be_focused()
    page.get_by_label("Set-up code").fill("a guess")
    page.locator("#account-submit").click()
    says(page, "This set-up code is wrong. The server's log has a link", "#main")

    link = re.search(r"https://auth.example.com(/setup\?code=\S+)", live_server.log())
    assert link is not None
    page.goto(link[1])
    page.locator("#username").fill("ada")
    page.locator("#password").fill(PASSWORD)
    page.locator("#account-submit").click()
    page.wait_for_url("**/passkeys?welcome=1")


@first_start
@pytest.mark.usefixtures("authenticator")
def test_the_whole_way_from_the_setup_to_a_deleted_passkey(page: Page) -> None:
    without_autofill(page)
    set_up(page)
    page.get_by_role("button", name="Add a passkey").click()
    says(page, "Passkey “Chrome on Linux” added. You can sign in with it from now on.", "#status")
    expect(page.locator("#welcome")).to_be_hidden()

    page.get_by_role("button", name="Sign out").click()
    led_to_login(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url("/passkeys")

    page.get_by_role("button", name="Rename Chrome on Linux").click()
    page.get_by_label("Name", exact=True).fill("My laptop")
    page.get_by_role("button", name="Save name").click()
    says(page, "Renamed to “My laptop”.", "#status")
    expect(page.get_by_role("heading", name="My laptop")).to_be_focused()

    page.get_by_role("button", name="Delete My laptop").click()
    says(page, "After this you can't sign in with it.", "#delete-dialog")
    says(page, "This is your last passkey. You'll need your password to sign in.", "#delete-dialog")
    page.get_by_role("button", name="Delete passkey").click()
    says(page, "Passkey “My laptop” deleted.", "#status")
    expect(page.locator("#empty")).to_be_visible()


@first_start
@pytest.mark.usefixtures("authenticator")
def test_the_keyboard_alone_is_enough(page: Page) -> None:
    without_autofill(page)
    keyboard = page.keyboard
    page.goto("/")
    tab_to(page, page.locator("#username"))
    keyboard.type("ada")
    tab_to(page, page.locator("#password"))
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    expect(page.locator("#empty")).to_be_visible()

    tab_to(page, page.locator("#add-passkey"))
    keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("added")
    expect(page.locator("#add-passkey")).to_be_focused()

    tab_to(page, page.locator("[data-action=rename]"))
    keyboard.press("Space")
    expect(page.locator("#passkey-name")).to_be_focused()
    keyboard.type("Desk")  # the old name is selected
    keyboard.press("Enter")
    expect(page.locator("[data-slot=name]").first).to_be_focused()
    says(page, "Renamed to “Desk”.", "#status")

    tab_to(page, page.locator("[data-action=delete]"))
    keyboard.press("Enter")
    expect(page.locator("#delete-dialog [data-dialog-cancel]")).to_be_focused()
    keyboard.press("Escape")
    expect(page.locator("[data-action=delete]")).to_be_focused()

    page.locator("body").evaluate("body => { document.activeElement.blur(); body.focus(); }")
    tab_to(page, page.locator("#sign-out"))
    keyboard.press("Enter")
    led_to_login(page)
    tab_to(page, page.locator("#passkey-button"))
    keyboard.press("Enter")
    expect(page).to_have_url("/passkeys")

    tab_to(page, page.locator("[data-action=delete]"))
    keyboard.press("Enter")
    tab_to(page, page.locator("#delete-dialog [data-dialog-confirm]"))
    keyboard.press("Enter")
    expect(page.locator("#add-passkey")).to_be_focused()
    expect(page.locator("#empty")).to_be_visible()
