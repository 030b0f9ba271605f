"""The sign-in page: passkey autofill in the username field (conditional mediation)."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.conftest import Console
from tests.browser.people import SIGN_IN, Person, open_login_with_autofill, requests

pytestmark = pytest.mark.browser


def test_autofill_signs_in_without_a_click(owner: Person) -> None:
    owner.page.goto("/login")
    expect(owner.page).to_have_url("/passkeys")


def test_autofill_that_nobody_used_says_nothing(
    page: Page, authenticator: VirtualAuthenticator
) -> None:
    open_login_with_autofill(page, authenticator)
    page.reload()
    expect(page.locator("#passkey-button")).to_be_enabled()
    expect(page.locator("#alert")).to_be_empty()


def test_autofill_that_is_refused_does_not_try_again_and_again(
    owner: Person, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 400")
    authenticator.lie(signature=True)
    with requests(owner.page, "POST", f"{SIGN_IN}/passkey") as sent:
        owner.page.goto("/login")
        expect(owner.page.locator("#alert")).to_contain_text("This passkey cannot be verified.")
        owner.page.wait_for_timeout(500)
    assert len(sent) == 1


def test_the_button_takes_over_from_autofill(
    owner: Person, authenticator: VirtualAuthenticator
) -> None:
    open_login_with_autofill(owner.page, authenticator)
    with requests(owner.page, "POST", f"{SIGN_IN}/passkey") as sent:
        owner.page.locator("#passkey-button").click()
        expect(owner.page).to_have_url("/passkeys")
    assert len(sent) == 1


def test_after_a_cancelled_ceremony_autofill_waits_again(
    owner: Person, authenticator: VirtualAuthenticator
) -> None:
    open_login_with_autofill(owner.page, authenticator)
    authenticator.owner_passes_the_check(False)
    with requests(owner.page, "GET", f"{SIGN_IN}/options") as started:
        owner.page.locator("#passkey-button").click()
        expect(owner.page.locator("#alert")).to_contain_text("cancelled")
        owner.page.wait_for_timeout(300)
    assert len(started) == 2  # the button's and autofill's own
