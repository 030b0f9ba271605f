"""The page that makes an account: open, by invite, or closed."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console
from tests.browser.people import API, PASSWORD, Person, requests, says
from tests.browser.server import Server, served_with

pytestmark = pytest.mark.browser
by_invite = served_with(REGISTRATION="invite")
closed = served_with(REGISTRATION="closed")


def fill_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Create account").click()


def test_where_registration_is_open_the_sign_in_page_leads_to_an_account(page: Page) -> None:
    page.goto("/login")
    page.get_by_role("link", name="Create an account").click()
    fill_in(page, "grace")
    expect(page).to_have_url("/passkeys")
    says(page, "Welcome, grace. Your account is ready.", "#welcome")


def test_an_open_registration_asks_for_no_code(page: Page) -> None:
    page.goto("/register")
    expect(page.locator("#username")).to_be_visible()
    expect(page.locator("#code")).to_have_count(0)


def test_what_is_left_out_is_said_at_its_field(page: Page) -> None:
    page.goto("/register")
    page.locator("#account-submit").click()
    expect(page.locator("#username-error")).to_have_text("Choose a username.")
    expect(page.locator("#password-error")).to_have_text("Choose a password.")
    expect(page.locator("#username")).to_be_focused()
    expect(page.locator("#username")).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize(
    ("username", "password", "field", "fault"),
    [
        ("zero\u200bwidth", PASSWORD, "username", "Leave out invisible characters."),
        ("n" * 65, PASSWORD, "username", "Use at most 64 characters."),
        ("hopper-hopper", "hopper-hopper", "password", "Do not use your username as the password."),
        ("short", "seven77", "password", "Use at least 8 characters."),
    ],
    ids=["invisible", "long", "password-is-username", "short-password"],
)
def test_what_the_rules_refuse_is_said_at_its_field(
    page: Page, console: Console, username: str, password: str, field: str, fault: str
) -> None:
    console.expect("status of 400")
    page.goto("/register")
    fill_in(page, username, password)
    expect(page.locator(f"#{field}-error")).to_be_visible()
    expect(page.locator(f"#{field}-error")).to_contain_text(fault)
    expect(page.locator(f"#{field}")).to_be_focused()


def test_a_fault_is_gone_once_it_is_fixed(page: Page) -> None:
    page.goto("/register")
    fill_in(page, "", PASSWORD)
    expect(page.locator("#username-error")).to_be_visible()
    page.route(f"**{API}/registration", lambda _: None)  # the request stays under way
    fill_in(page, "fixed")
    expect(page.locator("#username-error")).to_be_hidden()
    expect(page.locator("#username")).not_to_have_attribute("aria-invalid", "true")


def test_a_username_that_is_taken_in_other_letters_is_refused(page: Page, console: Console) -> None:
    console.expect("status of 400")
    page.goto("/register")
    fill_in(page, "ROOT")
    says(page, "This username is taken. Choose another one.", "#username-error")
    expect(page.locator("#username")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#username")).to_be_focused()
    expect(page.locator("#alert")).to_be_empty()


def test_a_double_click_makes_one_account(page: Page) -> None:
    page.goto("/register")
    page.locator("#username").fill("clicked-twice")
    page.locator("#password").fill(PASSWORD)
    with requests(page, "POST", f"{API}/registration") as sent:
        page.locator("#account-submit").dblclick()
        expect(page).to_have_url("/passkeys")
    assert len(sent) == 1


def test_markup_in_a_username_is_shown_as_text(page: Page, live_server: Server) -> None:
    username = "<img src=x onerror=alert(1)>"
    Person(page, live_server, username).register()
    page.goto("/passkeys?welcome=1")
    says(page, f"Welcome, {username}. Your account is ready.", "#welcome")


@by_invite
def test_an_invite_makes_one_account(page: Page, live_server: Server, console: Console) -> None:
    console.expect("status of 400")
    code = live_server.flask("invite", "create")
    page.goto("/register")
    page.get_by_label("Invite code").fill(f" {code} ")  # pasted with spaces
    fill_in(page, "invited")
    expect(page).to_have_url("/passkeys")
    page.locator("#sign-out").click()
    expect(page).to_have_url("/login")
    page.goto("/register")
    page.get_by_label("Invite code").fill(code)
    fill_in(page, "uninvited")
    sentence = "This invite code is wrong, used up or expired. Ask for a new one."
    says(page, sentence, "#code-error")
    expect(page.locator("#code")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#code")).to_be_focused()
    expect(page.locator("#alert")).to_be_empty()


@by_invite
def test_a_link_with_an_invite_fills_it_in(page: Page, live_server: Server) -> None:
    code = live_server.flask("invite", "create")
    page.goto(f"/register?invite={code}")
    expect(page.locator("#code")).to_have_value(code)
    fill_in(page, "by-link")
    expect(page).to_have_url("/passkeys")


@by_invite
def test_a_code_that_is_left_out_is_said_at_its_field(page: Page) -> None:
    page.goto("/register")
    fill_in(page, "nobody")
    expect(page.locator("#code-error")).to_have_text("Enter your invite code.")
    expect(page.locator("#code")).to_be_focused()


@closed
def test_where_registration_is_closed_nobody_is_led_to_it(page: Page) -> None:
    page.goto("/login")
    expect(page.locator("#passkey-button")).to_be_enabled()
    expect(page.locator("#register-link")).to_have_count(0)


@closed
def test_where_registration_is_closed_its_page_says_so(page: Page, console: Console) -> None:
    console.expect("status of 403")
    answer = page.goto("/register")
    assert answer is not None
    assert answer.status == 403
    says(page, "New accounts are not open here. Ask an administrator for one.", "main")
    page.get_by_role("link", name="Back to the start").click()
    expect(page).to_have_url("/login")
