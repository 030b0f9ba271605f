"""The dialog "Confirm it's you", after which the act goes on by itself."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.conftest import Console
from tests.browser.people import API, PASSWORD, Person, code_now, requests, says
from tests.browser.server import served_with

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _refusals(console: Console) -> None:
    console.expect("status of 403")


@pytest.fixture
def page_of_old(person: Person, authenticator: VirtualAuthenticator) -> Page:
    """The page of passkeys of somebody who has proved nothing for an hour."""
    person.prove_long_ago()
    person.page.goto("/passkeys")
    expect(person.page.locator("#empty")).to_be_visible()
    return person.page


def test_adding_a_passkey_goes_on_after_the_password(page_of_old: Page, console: Console) -> None:
    console.expect("status of 400")
    page_of_old.locator("#add-passkey").click()
    says(page_of_old, "You are adding a passkey.", "#step-up-text")
    says(page_of_old, "within the last 10 minutes.", "#step-up-text")
    expect(page_of_old.locator("#proof-password")).to_be_focused()
    page_of_old.keyboard.type("not my password")
    page_of_old.keyboard.press("Enter")
    says(page_of_old, "That is not your password.", "#proof-password-error")
    expect(page_of_old.locator("#proof-password")).to_be_focused()
    page_of_old.keyboard.type(PASSWORD)
    page_of_old.keyboard.press("Enter")
    says(page_of_old, "added.", "#status")
    expect(page_of_old.locator("#step-up")).to_be_hidden()


@pytest.mark.parametrize("how", ["Escape", "Cancel"])
def test_calling_it_off_gives_the_focus_back_and_says_nothing(page_of_old: Page, how: str) -> None:
    page_of_old.locator("#add-passkey").click()
    expect(page_of_old.locator("#proof-password")).to_be_focused()
    if how == "Escape":
        page_of_old.keyboard.press("Escape")
    else:
        page_of_old.get_by_role("button", name="Cancel").click()
    expect(page_of_old.locator("#step-up")).to_be_hidden()
    expect(page_of_old.locator("#add-passkey")).to_be_focused()
    expect(page_of_old.locator("#alert")).to_be_empty()
    expect(page_of_old.locator("#empty")).to_be_visible()


@pytest.fixture
def page_with_passkey(person: Person, authenticator: VirtualAuthenticator) -> Page:
    """The page of somebody with an app and a passkey, who is asked about a deletion."""
    person.turn_totp_on()
    person.add_passkey()
    person.prove_long_ago()
    person.page.locator("[data-action=delete]").click()
    person.page.locator("#delete-dialog [data-dialog-confirm]").click()
    says(person.page, "You are deleting “Chrome on Linux”.", "#step-up-text")
    return person.page


def test_it_takes_the_place_of_another_dialog_and_the_deletion_goes_on(
    page_with_passkey: Page,
) -> None:
    expect(page_with_passkey.locator("dialog[open]")).to_have_count(1)
    expect(page_with_passkey.locator("#delete-dialog")).to_be_hidden()
    page_with_passkey.locator("#step-up").get_by_role("button", name="Use a passkey").click()
    says(page_with_passkey, "Passkey “Chrome on Linux” deleted.", "#status")
    expect(page_with_passkey.locator("dialog[open]")).to_have_count(0)
    expect(page_with_passkey.locator("#add-passkey")).to_be_focused()


def test_called_off_both_dialogs_are_gone_and_nothing_is_deleted(
    page_with_passkey: Page, person: Person
) -> None:
    page_with_passkey.keyboard.press("Escape")
    expect(page_with_passkey.locator("dialog[open]")).to_have_count(0)
    expect(page_with_passkey.locator("[data-action=delete]")).to_be_focused()
    assert len(person.passkeys()) == 1


def test_what_then_fails_is_said_in_the_dialog_that_gave_way(
    page_with_passkey: Page, person: Person, console: Console
) -> None:
    console.expect("status of 400")
    asked = page_with_passkey.locator("#step-up")
    asked.get_by_role("button", name="Use a passkey").wait_for()
    page_with_passkey.route(
        f"**{API}/passkeys/*",
        lambda route: (person.delete_passkey(), route.continue_()),
        times=1,
    )
    asked.get_by_role("button", name="Use a passkey").click()
    says(page_with_passkey, "You have no passkey with this id.", "#delete-dialog")


def test_a_session_that_has_ended_leads_to_the_sign_in(
    page_of_old: Page, person: Person, console: Console
) -> None:
    console.expect("status of 401")
    page_of_old.locator("#add-passkey").click()
    expect(page_of_old.locator("#proof-password")).to_be_focused()
    person.server.sql("DELETE FROM sessions")
    page_of_old.keyboard.type(PASSWORD)
    page_of_old.keyboard.press("Enter")
    says(page_of_old, "Your session has ended.", "#status")


@served_with(STEP_UP_AGE="1s", REGISTRATION="open")
def test_an_app_is_turned_off_after_one_of_its_own_codes(person: Person) -> None:
    secret, _ = person.turn_totp_on()
    page = person.page
    page.wait_for_timeout(1100)
    page.goto("/security/app")
    page.get_by_role("button", name="Turn off the app").click()
    says(page, "It is your only second step.", "#off-last")
    page.locator("#off-dialog [data-dialog-confirm]").click()
    says(page, "within the last second.", "#step-up-text")
    expect(page.locator("#proof-code")).to_be_focused()
    page.keyboard.type(code_now(secret))
    with requests(page, "DELETE", "/totp") as sent:
        page.keyboard.press("Enter")
        says(page, "Your authenticator app is off.", "#status")
    assert len(sent) == 1
