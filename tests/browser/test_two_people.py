"""One browser, two people: ada's page is open while bob signs in in another tab.

Her page does nothing for him. The device is told nothing, and the server changes
nothing.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.conftest import Console, Profile
from tests.browser.people import (
    API,
    PASSKEYS,
    Person,
    led_to_login,
    requests,
    says,
    sign_in_by_password,
    without_autofill,
)
from tests.browser.server import Server

pytestmark = pytest.mark.browser

# Notes in sessionStorage, which a reload leaves alone, what the device is told.
NOTE_SIGNALS = """
    for (const name of Object.getOwnPropertyNames(PublicKeyCredential)) {
        if (!name.startsWith('signal')) { continue; }
        const signal = PublicKeyCredential[name].bind(PublicKeyCredential);
        PublicKeyCredential[name] = (told) => {
            const before = JSON.parse(sessionStorage.getItem('told') ?? '[]');
            sessionStorage.setItem('told', JSON.stringify([...before, told.userId ?? name]));
            return signal(told);
        };
    }
"""
# The device makes a passkey, and the page gets it when handOver() is called.
HAND_OVER_LATER = """() => {
    const create = navigator.credentials.create.bind(navigator.credentials);
    navigator.credentials.create = async (options) => {
        const made = await create(options);
        document.documentElement.dataset.made = '';
        await new Promise((resolve) => { window.handOver = resolve; });
        return made;
    };
}"""


class Two(NamedTuple):
    """Ada's tab with her device; she and bob each have a browser of their own, too."""

    page: Page
    device: VirtualAuthenticator
    ada: Person
    bob: Person

    def bob_signs_in(self) -> Page:
        """Let bob take the place of ada in a second tab, and return it."""
        tab = self.page.context.new_page()
        tab.goto("/passkeys")
        tab.locator("#sign-out").click()
        led_to_login(tab)
        sign_in_by_password(tab, self.bob.username)
        expect(tab).to_have_url("/passkeys")
        expect(tab.locator("#loading")).to_be_hidden()
        return tab

    def forget_signals(self) -> None:
        """Forget what the device has been told up to now."""
        self.page.evaluate("sessionStorage.removeItem('told')")

    def told(self) -> str:
        """Return whom the device has been told of since."""
        return str(self.page.evaluate("sessionStorage.getItem('told') ?? ''"))

    def becomes_bobs(self) -> None:
        """Wait until ada's tab has become bob's and says so."""
        expect(self.page.locator("#whose")).to_have_text(
            f"You are signed in as {self.bob.username} now."
        )
        says(self.page, self.bob.username, "#account-name")
        expect(self.page.locator("#loading")).to_be_hidden()


@pytest.fixture
def two(
    page: Page, authenticator: VirtualAuthenticator, live_server: Server, profile: Profile
) -> Two:
    """Ada at her page, with a passkey on her device; bob has none."""
    without_autofill(page)
    page.add_init_script(NOTE_SIGNALS)
    ada = Person(page, live_server).register()
    ada.add_passkey()
    adas_own = Person(profile().new_page(), live_server, ada.username)
    adas_own.sign_in()
    bob = Person(profile().new_page(), live_server).register()
    return Two(page, authenticator, adas_own, bob)


def press_add(page: Page) -> None:
    page.locator("#add-passkey").click()


def press_rename(page: Page) -> None:
    page.locator("[data-action=rename]").click()
    page.locator("#passkey-name").fill("Bob was here")
    page.locator("#rename-dialog [data-dialog-confirm]").click()


def press_delete(page: Page) -> None:
    page.locator("[data-action=delete]").click()
    page.locator("#delete-dialog [data-dialog-confirm]").click()


def press_sign_out(page: Page) -> None:
    page.locator("#sign-out").click()


Press = Callable[[Page], None]


@pytest.mark.parametrize("press", [press_add, press_rename, press_delete, press_sign_out])
def test_a_page_of_before_says_who_is_signed_in_now_and_changes_nothing(
    two: Two, console: Console, press: Press
) -> None:
    console.expect("status of 409")
    [credential], [passkey] = two.device.credentials(), two.ada.passkeys()
    two.bob_signs_in()
    two.forget_signals()
    press(two.page)
    two.becomes_bobs()
    expect(two.page.locator("#empty")).to_be_visible()
    assert two.ada.passkeys() == [passkey]
    assert two.bob.passkeys() == []
    assert two.device.credentials() == [credential]
    # The page that has become bob's tells of him; nothing was told of ada.
    handle = two.page.locator("html").get_attribute("data-user")
    assert set(two.told().strip("[]").split(",")) == {f'"{handle}"'}
    assert two.page.context.request.get(f"{two.bob.server.url}{PASSKEYS}").ok  # not signed out


def test_a_list_that_is_asked_for_again_and_is_somebody_elses_is_not_shown_nor_signalled(
    two: Two, console: Console
) -> None:
    console.expect("ERR_CONNECTION_REFUSED")
    two.page.route(f"**{PASSKEYS}", lambda route: route.abort("connectionrefused"), times=1)
    two.page.reload()
    expect(two.page.locator("#load-failed")).to_be_visible()
    [credential] = two.device.credentials()
    two.bob_signs_in()
    two.page.get_by_role("button", name="Try again").click()
    two.becomes_bobs()
    assert two.device.credentials() == [credential]
    assert len(two.ada.passkeys()) == 1


def test_a_device_is_not_asked_for_a_passkey_of_somebody_else(two: Two) -> None:
    two.bob_signs_in()
    with requests(two.page, "GET", f"{PASSKEYS}/options") as asked:
        press_add(two.page)
        two.becomes_bobs()
    assert len(asked) == 1
    assert len(two.device.credentials()) == 1


def test_a_passkey_under_way_when_somebody_else_signs_in_is_stored_for_nobody(
    two: Two, console: Console
) -> None:
    console.expect("status of 409")
    two.ada.delete_passkey()
    two.page.reload()
    expect(two.page.locator("#empty")).to_be_visible()
    two.page.evaluate(HAND_OVER_LATER)
    press_add(two.page)
    expect(two.page.locator("html")).to_have_attribute("data-made", "")
    two.bob_signs_in()
    two.forget_signals()
    two.page.evaluate("handOver()")
    two.becomes_bobs()
    assert two.bob.passkeys() == two.ada.passkeys() == []
    assert "unknown" not in two.told().lower()


def test_a_page_without_the_header_reads_in_the_refusal_whose_it_is(
    two: Two, console: Console
) -> None:
    """A proxy may drop a header that it does not know."""
    console.expect("status of 400")
    two.page.route(
        f"**{PASSKEYS}/*",
        lambda route: route.continue_(
            headers={k: v for k, v in route.request.headers.items() if k != "x-passline-user"}
        ),
    )
    [credential] = two.device.credentials()
    two.bob_signs_in()
    press_delete(two.page)
    two.becomes_bobs()
    assert two.device.credentials() == [credential]
    assert len(two.ada.passkeys()) == 1


def test_that_somebody_else_is_signed_in_is_said_once(two: Two) -> None:
    two.bob_signs_in()
    press_add(two.page)
    two.becomes_bobs()
    two.page.reload()
    expect(two.page.locator("#empty")).to_be_visible()
    expect(two.page.locator("#whose")).to_be_empty()


def test_the_page_that_has_become_somebody_elses_works_for_them(two: Two) -> None:
    two.bob_signs_in()
    press_add(two.page)
    two.becomes_bobs()
    two.page.bring_to_front()
    press_add(two.page)
    says(two.page, "added", "#status")
    assert len(two.bob.passkeys()) == len(two.ada.passkeys()) == 1
    names = {each["userName"] for each in two.device.credentials()}
    assert names == {two.ada.username, two.bob.username}


def test_a_page_that_the_browser_kept_and_shows_again_is_loaded_anew(two: Two) -> None:
    """The event is sent here: whether Chromium keeps a page depends on its mood."""
    two.bob_signs_in()
    two.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    two.becomes_bobs()


def test_a_page_that_was_kept_of_the_same_person_says_nothing(two: Two) -> None:
    with two.page.expect_navigation():
        two.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(two.page.locator("li.passkey")).to_be_visible()
    expect(two.page.locator("#whose")).to_be_empty()


def test_signing_in_over_somebody_else_is_an_ordinary_sign_in(two: Two) -> None:
    other = two.page.context.new_page()
    two.page.context.clear_cookies()
    other.goto("/login")
    two.page.goto("/login")
    sign_in_by_password(other, two.ada.username)
    expect(other).to_have_url("/passkeys")
    sign_in_by_password(two.page, two.bob.username)
    expect(two.page).to_have_url("/passkeys")
    says(two.page, two.bob.username, "#account-name")
    expect(two.page.locator("#whose")).to_be_empty()


def test_signing_out_twice_is_no_fault(two: Two, console: Console) -> None:
    console.expect("status of 401")
    assert two.page.context.request.post(f"{two.ada.server.url}{API}/sign-out").ok
    press_sign_out(two.page)
    expect(two.page).to_have_url("/login")
    expect(two.page.locator("#status")).to_be_empty()
