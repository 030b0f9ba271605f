"""Where signing in and signing out lead to."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console
from tests.browser.people import API, Person, says

pytestmark = pytest.mark.browser


def test_a_page_that_needs_an_account_is_come_back_to(owner: Person) -> None:
    owner.page.goto("/passkeys?from=elsewhere")
    # By way of /login, where autofill signs in.
    expect(owner.page).to_have_url("/passkeys?from=elsewhere")
    expect(owner.page.locator("li.passkey")).to_be_visible()


def test_who_is_signed_in_has_nothing_to_do_on_the_sign_in_page(person: Person) -> None:
    person.page.goto("/login?next=/passkeys%3Ffrom%3Delsewhere")
    expect(person.page).to_have_url("/passkeys?from=elsewhere")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://example.org/", "//example.org/", "/\\example.org/", "javascript:alert(1)"],
)
def test_a_sign_in_never_leads_to_another_site(owner: Person, elsewhere: str) -> None:
    owner.page.goto(f"/login?next={elsewhere}")
    expect(owner.page).to_have_url("/passkeys")


def test_signing_out_leads_to_the_sign_in_page_and_the_passkeys_are_closed(person: Person) -> None:
    person.page.goto("/passkeys")
    person.page.get_by_role("button", name="Sign out").click()
    expect(person.page).to_have_url("/login")
    person.page.goto("/passkeys")
    expect(person.page).to_have_url("/login?next=/passkeys")


def test_the_way_back_after_signing_out_shows_no_passkeys(person: Person) -> None:
    person.page.goto("/passkeys")
    person.page.get_by_role("button", name="Sign out").click()
    expect(person.page).to_have_url("/login")
    person.page.go_back()
    expect(person.page.locator("#sign-in")).to_be_visible()


def test_signing_out_that_fails_says_that_it_did(person: Person, console: Console) -> None:
    console.expect("ERR_CONNECTION_REFUSED")
    person.page.goto("/passkeys")
    person.page.route(f"**{API}/sign-out", lambda route: route.abort("connectionrefused"))
    person.page.locator("#sign-out").click()
    expect(person.page.locator("#session-alert")).to_have_text(
        "You are still signed in. Can't reach the server. Check your connection and try again."
    )


ENDED = "Your session has ended. Sign in again."


def test_who_comes_back_after_the_session_has_ended_is_told_so_once(person: Person) -> None:
    person.server.flask("session", "revoke", person.username, "--all")
    person.page.goto("/passkeys")
    says(person.page, ENDED, "#status")
    expect(person.page).to_have_url("/login?next=%2Fpasskeys")
    person.page.reload()
    expect(person.page.locator("#passkey-button")).to_be_enabled()
    expect(person.page.locator("#status")).to_be_empty()


@pytest.mark.parametrize("path", ["/", "/passkeys", "/login"])
def test_who_had_no_session_is_not_told_that_it_has_ended(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("#passkey-button")).to_be_enabled()
    expect(page.locator("#status")).to_be_empty()


@pytest.mark.parametrize("words", ["ended=Call+555-0100", "ended=2", "ended=", "ended=%3Cb%3E"])
def test_an_address_cannot_put_words_on_the_sign_in_page(page: Page, words: str) -> None:
    page.goto(f"/login?{words}")
    expect(page.locator("#passkey-button")).to_be_enabled()
    expect(page.locator("#status")).to_be_empty()
    expect(page.locator("main")).not_to_contain_text("555")


def test_that_the_session_has_ended_is_said_until_the_next_act(person: Person) -> None:
    person.page.goto("/login?ended=1&next=/passkeys")  # signed in: nothing has ended
    expect(person.page).to_have_url("/passkeys")
    person.sign_out()
    person.page.goto("/login?ended=1&next=/passkeys")
    says(person.page, ENDED, "#status")
    person.page.locator("#password-submit").click()
    expect(person.page.locator("#username-error")).to_be_visible()
    expect(person.page.locator("#status")).to_be_empty()


def test_the_start_leads_a_person_who_is_signed_in_to_their_passkeys(person: Person) -> None:
    person.page.goto("/")
    expect(person.page).to_have_url("/passkeys")
