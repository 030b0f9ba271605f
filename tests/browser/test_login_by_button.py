"""The sign-in page: the passkey button, and everything that can go wrong behind it."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.conftest import Console
from tests.browser.people import (
    SIGN_IN,
    Person,
    eventually,
    requests,
    says,
    sign_in_by_password,
    without_autofill,
)

pytestmark = pytest.mark.browser

CANCELLED = (
    "The passkey sign-in was cancelled or took too long. Try again, or sign in with your password."
)
UNKNOWN = (
    "This passkey isn't known here any more. Use another passkey, or sign in with your password."
)
UNUSABLE = (
    "This passkey can't be used here. Use another passkey, sign in with your password,"
    " or ask an administrator."
)
UNVERIFIED = "The device did not check your PIN, fingerprint or face, which this server requires."


@pytest.fixture
def page_of_owner(owner: Person) -> Page:
    """The sign-in page on the device of somebody with a passkey."""
    without_autofill(owner.page)
    owner.page.goto("/login")
    return owner.page


def test_the_button_signs_in_with_a_passkey(page_of_owner: Page, owner: Person) -> None:
    page_of_owner.locator("#passkey-button").click()
    expect(page_of_owner).to_have_url("/passkeys")
    says(page_of_owner, owner.username, "#account-name")


def test_a_double_click_runs_one_ceremony(page_of_owner: Page) -> None:
    with (
        requests(page_of_owner, "GET", f"{SIGN_IN}/options") as started,
        requests(page_of_owner, "POST", f"{SIGN_IN}/passkey") as sent,
    ):
        page_of_owner.locator("#passkey-button").dblclick()
        expect(page_of_owner).to_have_url("/passkeys")
    assert (len(started), len(sent)) == (1, 1)


def test_while_the_device_is_asked_the_button_is_busy(
    page_of_owner: Page, authenticator: VirtualAuthenticator
) -> None:
    authenticator.owner_is_present(False)
    page_of_owner.locator("#passkey-button").click()
    expect(page_of_owner.locator("#passkey-button")).to_be_disabled()
    expect(page_of_owner.locator("#passkey-button")).to_have_attribute("aria-busy", "true")


def test_a_cancelled_ceremony_says_so_and_the_button_works_again(
    page_of_owner: Page, authenticator: VirtualAuthenticator
) -> None:
    authenticator.owner_passes_the_check(False)
    page_of_owner.locator("#passkey-button").click()
    expect(page_of_owner.locator("#alert")).to_have_text(CANCELLED)
    expect(page_of_owner.locator("#passkey-button")).to_be_focused()
    expect(page_of_owner.locator("#passkey-button")).to_be_enabled()
    authenticator.owner_passes_the_check(True)
    page_of_owner.locator("#passkey-button").click()
    expect(page_of_owner).to_have_url("/passkeys")


def test_a_ceremony_that_takes_too_long_says_so_and_the_button_works_again(
    page_of_owner: Page, authenticator: VirtualAuthenticator
) -> None:
    def hurry(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        body["options"]["timeout"] = 200
        route.fulfill(response=answer, json=body)

    authenticator.owner_is_present(False)
    page_of_owner.route(f"**{SIGN_IN}/options", hurry, times=1)
    page_of_owner.locator("#passkey-button").click()
    expect(page_of_owner.locator("#alert")).to_have_text(CANCELLED)
    expect(page_of_owner.locator("#passkey-button")).to_be_enabled()
    authenticator.owner_is_present(True)
    page_of_owner.locator("#passkey-button").click()
    expect(page_of_owner).to_have_url("/passkeys")


def test_sending_a_password_ends_the_ceremony_that_waits(
    page_of_owner: Page, owner: Person, authenticator: VirtualAuthenticator
) -> None:
    authenticator.owner_is_present(False)
    page_of_owner.locator("#passkey-button").click()
    expect(page_of_owner.locator("#passkey-button")).to_be_disabled()
    sign_in_by_password(page_of_owner, owner.username)
    expect(page_of_owner).to_have_url("/passkeys")


def test_a_device_without_a_passkey_says_so(
    page: Page, authenticator: VirtualAuthenticator
) -> None:
    without_autofill(page)
    page.goto("/login")
    page.locator("#passkey-button").click()
    expect(page.locator("#alert")).to_have_text(CANCELLED)


def test_a_passkey_that_the_server_has_deleted_is_named_as_unknown_and_forgotten_by_the_device(
    owner: Person, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 400")
    owner.sign_in()
    owner.delete_passkey()
    owner.sign_out()
    without_autofill(owner.page)
    owner.page.goto("/login")
    owner.page.locator("#passkey-button").click()
    says(owner.page, UNKNOWN)
    eventually(owner.page, lambda: authenticator.credentials() == [])


def test_the_passkey_of_a_disabled_account_is_kept_by_the_device(
    owner: Person, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 400")
    without_autofill(owner.page)
    owner.page.goto("/login")
    owner.server.flask("user", "disable", owner.username)
    owner.page.locator("#passkey-button").click()
    says(owner.page, UNUSABLE)
    owner.page.wait_for_timeout(500)  # a signal would have reached the device
    assert len(authenticator.credentials()) == 1
    owner.server.flask("user", "enable", owner.username)
    owner.page.locator("#passkey-button").click()
    expect(owner.page).to_have_url("/passkeys")


def test_a_passkey_that_cannot_be_verified_is_kept_by_the_device(
    page_of_owner: Page, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 400")
    authenticator.lie(signature=True)
    page_of_owner.locator("#passkey-button").click()
    says(page_of_owner, "This passkey cannot be verified. Try again, or sign in another way.")
    assert len(authenticator.credentials()) == 1


def test_a_device_that_checked_nobody_is_refused_with_what_to_do(
    page_of_owner: Page, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 400")
    authenticator.lie(user_verification=True)
    page_of_owner.locator("#passkey-button").click()
    says(page_of_owner, UNVERIFIED)
    expect(page_of_owner).to_have_url("/login")


def test_an_expired_challenge_says_so_and_the_next_try_works(
    page_of_owner: Page, owner: Person, console: Console
) -> None:
    console.expect("status of 400")

    def dawdle(route: Route) -> None:
        owner.server.sql("UPDATE challenges SET expires_at = 0")
        route.continue_()

    page_of_owner.route(f"**{SIGN_IN}/passkey", dawdle, times=1)
    page_of_owner.locator("#passkey-button").click()
    message = "The passkey sign-in took too long. Try again."
    expect(page_of_owner.locator("#alert")).to_have_text(message)
    page_of_owner.locator("#passkey-button").click()
    expect(page_of_owner).to_have_url("/passkeys")


def test_an_unreachable_server_says_so_and_the_next_try_works(
    page_of_owner: Page, console: Console
) -> None:
    def refuse(route: Route) -> None:
        route.abort("connectionrefused")

    console.expect("ERR_CONNECTION_REFUSED")
    page_of_owner.route(f"**{SIGN_IN}/options", refuse, times=1)
    page_of_owner.locator("#passkey-button").click()
    message = "Can't reach the server. Check your connection and try again."
    expect(page_of_owner.locator("#alert")).to_have_text(message)
    page_of_owner.locator("#passkey-button").click()
    expect(page_of_owner).to_have_url("/passkeys")
