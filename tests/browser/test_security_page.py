"""The page about security: the wish to be asked, codes that run out, the password."""

import pytest
from playwright.sync_api import expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.conftest import Console
from tests.browser.people import API, Person, says, sign_in_by_password, without_autofill
from tests.browser.server import served_with

pytestmark = pytest.mark.browser


def test_without_a_second_factor_nothing_can_be_asked_and_the_page_says_why(
    person: Person,
) -> None:
    person.page.goto("/security")
    expect(person.page.locator("#always-asks")).to_be_disabled()
    says(person.page, "add a passkey or an authenticator app first", "#always-note")


def test_who_wants_to_be_asked_always_is(
    person: Person, authenticator: VirtualAuthenticator
) -> None:
    page = person.page
    without_autofill(page)
    person.add_passkey()
    page.get_by_role("link", name="Security", exact=True).click()
    page.get_by_label("Always ask me for a second step").check()
    says(page, "You will be asked each time.", "#status")
    expect(page.locator("#always-asks")).to_be_focused()
    person.sign_out()
    page.goto("/login")
    sign_in_by_password(page, person.username)
    says(page, "One more step", "#title")


def test_called_off_the_wish_is_as_before(
    person: Person, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 403")
    person.add_passkey()
    person.prove_long_ago()
    page = person.page
    page.goto("/security")
    page.locator("#always-asks").click()
    says(page, "You are asking for a second step", "#step-up-text")
    page.keyboard.press("Escape")
    expect(page.locator("#always-asks")).not_to_be_checked()
    expect(page.locator("#always-asks")).to_be_focused()
    expect(page.locator("#alert")).to_be_empty()


@served_with(MFA_POLICY="enrolled", REGISTRATION="open", USER_VERIFICATION="preferred")
def test_a_policy_that_asks_anyway_leaves_nothing_to_choose(person: Person) -> None:
    person.page.goto("/security")
    says(person.page, "everybody who has a passkey or an authenticator app", "#policy-words")
    expect(person.page.locator("#always")).to_be_hidden()


def test_people_with_passkeys_and_no_codes_are_asked_once_to_make_some(
    person: Person, authenticator: VirtualAuthenticator
) -> None:
    person.add_passkey()
    page = person.page
    says(page, "You have no recovery codes.", "#codes-banner")
    page.get_by_role("button", name="Not now").click()
    expect(page.locator("#codes-banner")).to_be_hidden()
    with page.expect_response(f"**{API}/security"):
        page.reload()
    expect(page.locator("li.passkey")).to_be_visible()
    expect(page.locator("#codes-banner")).to_be_hidden()


def test_few_codes_are_warned_of_and_new_ones_take_their_place(person: Person) -> None:
    person.turn_totp_on()
    person.server.sql(
        "DELETE FROM recovery_codes WHERE user_id = (SELECT id FROM users WHERE username = ?)"
        " AND digest NOT IN (SELECT digest FROM recovery_codes WHERE user_id ="
        " (SELECT id FROM users WHERE username = ?) LIMIT 3)",
        *(person.username, person.username),
    )
    page = person.page
    page.goto("/passkeys")
    says(page, "3 recovery codes are left.", "#codes-banner")
    page.get_by_role("link", name="Get recovery codes").click()
    page.get_by_role("button", name="Get new codes").click()
    says(page, "Your old codes have stopped working.", "#codes-card")
    page.get_by_role("button", name="I have saved them").click()
    says(page, "Your recovery codes are saved.", "#status")


def test_a_password_is_changed_and_then_removed(
    person: Person, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 400")
    person.add_passkey()
    person.call("POST", f"{API}/recovery-codes", {})
    person.call("POST", f"{API}/recovery-codes/saved", {})
    page = person.page
    page.goto("/security/password")
    page.get_by_role("button", name="Save password").click()
    says(page, "Choose a password.", "#password-error")
    page.locator("#password").fill("password1")
    page.keyboard.press("Enter")
    expect(page.locator("#password-error")).not_to_have_text("Choose a password.")
    expect(page.locator("#password-error")).to_be_visible()
    page.locator("#password").fill("quite another horse")
    page.keyboard.press("Enter")
    says(page, "Your new password is set.", "#status")
    page.get_by_role("link", name="Password", exact=True).click()
    page.get_by_role("button", name="Remove the password").click()
    page.locator("#remove-dialog [data-dialog-confirm]").click()
    says(page, "Your password is gone.", "#status")
    says(page, "None", "#password-badge")
