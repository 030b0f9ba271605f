"""Where signing in and signing out lead to."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Console
from tests.browser.people import API, Person

pytestmark = pytest.mark.browser


def test_a_page_that_needs_an_account_is_come_back_to(owner: Person) -> None:
    owner.page.goto("/passkeys?welcome=1")
    # By way of /login, where autofill signs in.
    expect(owner.page).to_have_url("/passkeys?welcome=1")
    expect(owner.page.locator("#welcome")).to_be_visible()


def test_who_is_signed_in_has_nothing_to_do_on_the_sign_in_page(person: Person) -> None:
    person.page.goto("/login?next=/passkeys%3Fwelcome%3D1")
    expect(person.page).to_have_url("/passkeys?welcome=1")


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


def test_the_start_leads_a_person_who_is_signed_in_to_their_passkeys(person: Person) -> None:
    person.page.goto("/")
    expect(person.page).to_have_url("/passkeys")
