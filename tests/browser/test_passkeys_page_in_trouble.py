"""The page of passkeys when something fails, and what the device learns of it.

The page notifies the device by the WebAuthn Signal API.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Page, Route, expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.conftest import Console
from tests.browser.people import PASSKEYS, Person, eventually, led_to_login, says, without_autofill

pytestmark = pytest.mark.browser

UNREACHABLE = "Can't reach the server. Check your connection and try again."


@pytest.fixture
def page_of_person(person: Person, authenticator: VirtualAuthenticator) -> Page:
    """The page of somebody without passkeys, on a device that could hold one."""
    person.page.goto("/passkeys")
    expect(person.page.locator("#empty")).to_be_visible()
    return person.page


def on_post(handle: Callable[[Route], object]) -> Callable[[Route], object]:
    """Return a handler for storing a passkey alone; the list has the same path."""
    return lambda route: handle(route) if route.request.method == "POST" else route.continue_()


def cut_off(route: Route) -> None:
    """Let the server do its work and lose the answer."""
    route.fetch()
    route.abort("connectionreset")


def test_a_cancelled_addition_says_that_nothing_was_added_and_the_button_works_again(
    page_of_person: Page, authenticator: VirtualAuthenticator
) -> None:
    authenticator.owner_passes_the_check(False)
    page_of_person.locator("#add-passkey").click()
    says(page_of_person, "Adding the passkey was cancelled or took too long. Nothing was added.")
    expect(page_of_person.locator("#add-passkey")).to_be_focused()
    authenticator.owner_passes_the_check(True)
    page_of_person.locator("#add-passkey").click()
    says(page_of_person, "added", "#status")
    expect(page_of_person.locator("#alert")).to_be_empty()


def test_a_second_passkey_on_the_same_device_is_refused_with_what_to_do(
    person: Person, authenticator: VirtualAuthenticator
) -> None:
    person.add_passkey()
    person.page.locator("#add-passkey").click()
    sentence = "This device already has a passkey for this account."
    says(person.page, f"{sentence} Use that one, or add a passkey on another")
    assert len(person.passkeys()) == 1


def test_a_device_that_checked_nobody_is_refused_with_what_to_do(
    page_of_person: Page, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 400")
    authenticator.lie(user_verification=True)
    page_of_person.locator("#add-passkey").click()
    sentence = "The device did not check your PIN, fingerprint or face, which this server requires."
    says(page_of_person, sentence)
    eventually(page_of_person, lambda: authenticator.credentials() == [])


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (400, "Refused by the test."),
        (500, "Refused by the test."),
        (502, "The server has a problem right now."),
    ],
)
def test_a_passkey_that_the_server_did_not_store_is_taken_off_the_device(
    page_of_person: Page,
    authenticator: VirtualAuthenticator,
    console: Console,
    status: int,
    sentence: str,
) -> None:
    console.expect(f"status of {status}")

    def refuse(route: Route) -> None:
        if status == 502:
            route.fulfill(status=502, body="<h1>Bad Gateway</h1>")
        else:
            body = {"error": "registration_refused", "message": sentence}
            route.fulfill(status=status, json=body)

    page_of_person.route(f"**{PASSKEYS}", on_post(refuse))
    page_of_person.locator("#add-passkey").click()
    says(page_of_person, sentence)
    eventually(page_of_person, lambda: authenticator.credentials() == [])


def test_a_passkey_whose_answer_was_lost_is_found_on_the_list(
    page_of_person: Page, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("ERR_CONNECTION_RESET")
    page_of_person.route(f"**{PASSKEYS}", on_post(cut_off))
    page_of_person.locator("#add-passkey").click()
    says(page_of_person, "Passkey “Chrome on Linux” added.", "#status")
    assert len(authenticator.credentials()) == 1


def test_a_passkey_of_which_nobody_knows_whether_it_was_stored_stays_on_the_device(
    page_of_person: Page, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("ERR_CONNECTION_REFUSED")
    page_of_person.route(f"**{PASSKEYS}", lambda route: route.abort("connectionrefused"))
    page_of_person.locator("#add-passkey").click()
    says(page_of_person, "it may or may not be here. Reload the page to see.")
    assert len(authenticator.credentials()) == 1


def test_a_deleted_passkey_is_forgotten_by_its_device_and_no_other_is(
    person: Person, authenticator: VirtualAuthenticator, cdp: CDPSession
) -> None:
    person.add_passkey()
    authenticator.owner_is_present(False)
    key = VirtualAuthenticator(cdp, transport="usb")
    person.add_passkey()
    person.page.get_by_role("button", name="Delete Chrome on Linux").click()
    person.page.locator("#delete-dialog [data-dialog-confirm]").click()
    says(person.page, "deleted", "#status")
    eventually(person.page, lambda: authenticator.credentials() == [])
    assert len(key.credentials()) == 1


def test_a_passkey_that_was_deleted_elsewhere_is_forgotten_when_the_page_is_opened(
    person: Person, authenticator: VirtualAuthenticator
) -> None:
    person.add_passkey()
    person.delete_passkey()
    person.page.reload()
    eventually(person.page, lambda: authenticator.credentials() == [])


def test_the_device_learns_a_new_username_when_the_page_is_opened(
    person: Person, authenticator: VirtualAuthenticator
) -> None:
    person.add_passkey()
    name = f"{person.username}-new"
    rename = "UPDATE users SET username = ?, username_key = ? WHERE username = ?"
    person.server.sql(rename, name, name, person.username)
    person.page.reload()
    eventually(person.page, lambda: authenticator.credentials()[0]["userName"] == name)


@pytest.mark.parametrize("action", ["add", "rename", "delete"])
def test_when_the_session_ended_elsewhere_signing_in_leads_back(
    person: Person, authenticator: VirtualAuthenticator, console: Console, action: str
) -> None:
    console.expect("status of 401")
    without_autofill(person.page)
    person.add_passkey()
    person.page.goto("/passkeys?from=elsewhere")
    expect(person.page.locator("li.passkey")).to_be_visible()
    person.server.flask("session", "revoke", person.username, "--all")
    person.page.locator("#add-passkey" if action == "add" else f"[data-action={action}]").click()
    if action != "add":
        person.page.locator(f"#{action}-dialog [data-dialog-confirm]").click()
    led_to_login(person.page, "/login?next=%2Fpasskeys%3Ffrom%3Delsewhere")
    says(person.page, "Your session has ended. Sign in again.", "#status")
    person.page.locator("#passkey-button").click()
    expect(person.page).to_have_url("/passkeys?from=elsewhere")


def test_an_unreachable_server_is_named_where_the_passkey_was_to_be_added(
    page_of_person: Page, console: Console
) -> None:
    console.expect("ERR_CONNECTION_REFUSED")
    page_of_person.route(f"**{PASSKEYS}/options", lambda route: route.abort("connectionrefused"))
    page_of_person.locator("#add-passkey").click()
    expect(page_of_person.locator("#alert")).to_have_text(UNREACHABLE)


@pytest.mark.parametrize("action", ["rename", "delete"])
def test_an_unreachable_server_is_named_in_the_dialog_which_can_try_again(
    person: Person, authenticator: VirtualAuthenticator, console: Console, action: str
) -> None:
    console.expect("ERR_CONNECTION_REFUSED")
    person.add_passkey()
    person.page.route(f"**{PASSKEYS}/*", lambda route: route.abort("connectionrefused"), times=1)
    person.page.locator(f"[data-action={action}]").click()
    person.page.locator(f"#{action}-dialog [data-dialog-confirm]").click()
    expect(person.page.locator(f"#{action}-dialog [data-dialog-alert]")).to_have_text(UNREACHABLE)
    person.page.locator(f"#{action}-dialog [data-dialog-confirm]").click()
    expect(person.page.locator(f"#{action}-dialog")).to_be_hidden()


def test_a_list_that_did_not_load_can_be_asked_for_again(
    person: Person, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("ERR_CONNECTION_REFUSED")
    person.add_passkey()
    person.page.route(f"**{PASSKEYS}", lambda route: route.abort("connectionrefused"), times=1)
    person.page.reload()
    expect(person.page.locator("#alert")).to_have_text(UNREACHABLE)
    person.page.get_by_role("button", name="Try again").click()
    expect(person.page.locator("li.passkey")).to_be_visible()
    expect(person.page.locator("#alert")).to_be_empty()
    expect(person.page.locator("#load-failed")).to_be_hidden()
