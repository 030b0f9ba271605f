"""A page that is opened where passkeys cannot work leads to where they do."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console
from tests.browser.people import PASSWORD, says, tab_to
from tests.browser.server import Server, served_with

pytestmark = pytest.mark.browser


def wrong(server: Server, path: str) -> str:
    """Return the address of a path as gunicorn's own line offers it."""
    return f"http://127.0.0.1:{server.port}{path}"


@pytest.mark.parametrize("path", ["/login?next=/passkeys%3Fx%3Dy", "/register?invite=x"])
def test_a_page_says_so_when_it_loads_with_a_link_to_the_right_address(
    page: Page, live_server: Server, path: str
) -> None:
    page.goto(wrong(live_server, path))
    right = f"http://localhost:{live_server.port}"
    expect(page.get_by_role("alert").filter(has_text="You opened")).to_have_text(
        f"You opened this page at http://127.0.0.1:{live_server.port}, where passkeys can't"
        f" work. Open it at {right} instead."
    )
    tab_to(page, page.get_by_role("link", name=right))
    page.keyboard.press("Enter")
    expect(page).to_have_url(right + path)
    expect(page.locator("#wrong-address")).to_be_empty()


@served_with(first_start=True)
def test_the_setup_and_the_page_of_passkeys_say_so_too(page: Page, live_server: Server) -> None:
    page.goto(wrong(live_server, "/setup"))
    says(page, "Open it at http://localhost", "#wrong-address")
    page.locator("#username").fill("ada")
    page.locator("#password").fill(PASSWORD)
    page.locator("#account-submit").click()
    expect(page).to_have_url(wrong(live_server, "/passkeys"))
    says(page, "Open it at http://localhost", "#wrong-address")
    link = page.locator("#wrong-address a")
    expect(link).to_have_attribute("href", f"http://localhost:{live_server.port}/passkeys")


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_at_the_right_address_nothing_is_said(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("#wrong-address")).to_be_empty()


@served_with(PASSKEYS_ENABLED="false")
def test_where_passkeys_are_off_any_address_will_do(page: Page, live_server: Server) -> None:
    page.goto(wrong(live_server, "/login"))
    expect(page.locator("#password-submit")).to_be_enabled()
    expect(page.locator("#wrong-address")).to_be_empty()


@served_with(URL_PREFIX="/auth")
def test_below_a_path_the_link_leads_below_it(page: Page, live_server: Server) -> None:
    page.goto(wrong(live_server, "/auth/login?next=/auth/"))
    link = page.locator("#wrong-address a")
    where = f"http://localhost:{live_server.port}/auth/login?next=/auth/"
    expect(link).to_have_attribute("href", where)


def test_a_passkey_button_that_cannot_work_still_says_why(
    page: Page, live_server: Server, console: Console
) -> None:
    page.goto(wrong(live_server, "/login"))
    page.locator("#passkey-button").click()
    says(page, "The address in your browser isn't one this service is set up for.")
