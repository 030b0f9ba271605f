"""People who use the pages: accounts made over the API, and what a test waits for."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from playwright.sync_api import APIResponse, Locator, Page, Request, expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.server import Server

PASSWORD = "correct horse battery staple"  # nothing is guarded by it
PASSKEY = "/api/user/mfa/passkey"
# In a page: says at <html data-asking> which ceremony the device was asked for last, "conditional" or "modal".
NOTE_CEREMONIES = """
    const get = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = (options) => {
        const answer = get(options);
        document.documentElement.dataset.asking = options.mediation ?? 'modal';
        return answer;
    };
"""
_numbers = count(1)


class Person:
    """Somebody with an account of their own, who is signed in with this page's browser."""

    def __init__(self, page: Page, server: Server, username: str = "") -> None:
        self.page = page
        self.server = server
        self.username = username or f"ada{next(_numbers)}"
        self.password = PASSWORD

    def call(self, method: str, path: str, body: Any = None) -> APIResponse:
        """Use the API with the browser's cookies."""
        return self.page.context.request.fetch(self.server.url + path, method=method, data=body)

    def register(self) -> "Person":
        """Make the account, which signs in."""
        answer = self.call(
            "POST", "/api/auth/register", {"username": self.username, "password": self.password}
        )
        assert answer.ok, answer.text()
        return self

    def sign_out(self) -> None:
        """End this browser's session."""
        assert self.call("POST", "/api/auth/logout").ok

    def passkeys(self) -> list[dict[str, Any]]:
        """List the passkeys that the server knows."""
        return list(self.call("GET", PASSKEY).json())

    def delete_passkey(self) -> None:
        """Delete the first passkey on the server, of which the device hears nothing."""
        assert self.call("DELETE", PASSKEY, {"id": self.passkeys()[0]["id"]}).ok

    def add_passkey(self) -> None:
        """Add a passkey by the page; leaves the browser there."""
        self.page.goto(f"{self.server.url}/passkeys")
        cards = self.page.locator("li.passkey")
        expect(self.page.locator("#loading")).to_be_hidden()
        before = cards.count()
        self.page.locator("#add-passkey").click()
        expect(cards).to_have_count(before + 1)


def without_autofill(page: Page) -> None:
    """Take passkey autofill out of this page's browser: where the owner is there, it would be faster than a click."""
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")


def open_login_with_autofill(page: Page, authenticator: VirtualAuthenticator) -> None:
    """Open the sign-in page with nobody at the device, so that autofill waits; the owner comes afterwards."""
    authenticator.owner_is_present(False)
    page.goto("/login")
    expect(page.locator("html")).to_have_attribute("data-asking", "conditional")
    page.wait_for_timeout(
        500
    )  # until Chromium's other process waits as well, of which no page hears
    authenticator.owner_is_present(True)


def led_to_login(page: Page, url: str = "/login") -> None:
    """Wait until the page has gone to the sign-in page by itself, whose script listens."""
    expect(page).to_have_url(url)
    page.wait_for_load_state()


def sign_in_by_password(page: Page, username: str, password: str = PASSWORD) -> None:
    """Fill in the sign-in form and send it."""
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def says(page: Page, words: str, where: str = "#alert") -> None:
    """Wait until the alert holds these words."""
    expect(page.locator(where)).to_contain_text(words)


def eventually(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until it holds; for what the page cannot show, such as what a device has forgotten."""
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end, "it never came true"
        page.wait_for_timeout(20)


@contextmanager
def requests(page: Page, method: str, path: str) -> Iterator[list[Request]]:
    """Collect the page's requests of this method whose URL ends so."""
    seen: list[Request] = []

    def note(request: Request) -> None:
        if request.method == method and request.url.endswith(path):
            seen.append(request)

    page.on("request", note)
    yield seen
    page.remove_listener("request", note)


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {target}")
