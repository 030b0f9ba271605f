"""People who use the pages, and what a test waits for.

What they do beside the pages, such as making an account, is done over the pages' own
API.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from playwright.sync_api import APIResponse, Locator, Page, Request, expect
from pyotp import TOTP

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.server import Server

PASSWORD = "correct horse battery staple"  # it guards nothing
API = "/account/api"
PASSKEYS = f"{API}/passkeys"
SIGN_IN = f"{API}/sign-in"
# A page with it shows in <html data-asking> which ceremony the device was asked for
# last, "conditional" or "modal".
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
    """Somebody with an account of their own, signed in with this page's browser."""

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
        answer = self.call("POST", f"{API}/registration", self.credentials())
        assert answer.ok, answer.text()
        return self

    def credentials(self) -> dict[str, str]:
        """Return the name and the password, as forms send them."""
        return {"username": self.username, "password": self.password}

    def sign_in(self) -> None:
        """Sign in by password."""
        assert self.call("POST", f"{SIGN_IN}/password", self.credentials()).ok

    def sign_out(self) -> None:
        """End this browser's session."""
        assert self.call("POST", f"{API}/sign-out").ok

    def passkeys(self) -> list[dict[str, Any]]:
        """Return the passkeys that the server knows."""
        return list(self.call("GET", PASSKEYS).json()["passkeys"])

    def delete_passkey(self) -> None:
        """Delete the first passkey on the server, without the device learning of it."""
        self.server.sql("DELETE FROM passkeys WHERE id = ?", self.passkeys()[0]["id"])

    def turn_totp_on(self) -> tuple[str, list[str]]:
        """Turn an authenticator app on; return its secret and the recovery codes.

        The code that did it stays good, so that nobody has to wait for the next one.
        """
        secret = str(self.call("POST", f"{API}/totp/offer", {}).json()["secret"])
        answer = self.call("POST", f"{API}/totp", {"code": code_now(secret)})
        assert answer.ok, answer.text()
        self.server.sql("UPDATE totps SET last_step = 0")
        return secret, list(answer.json()["recovery_codes"])

    def prove_long_ago(self) -> None:
        """Make what the person's sessions have proved an hour old."""
        self.server.sql(
            "UPDATE sessions SET first_factor_at = first_factor_at - 3600000,"
            " second_factor_at = second_factor_at - 3600000"
            " WHERE user_id = (SELECT id FROM users WHERE username = ?)",
            self.username,
        )

    def make_link(self) -> str:
        """Return a new one-time link for the person, as an operator makes it."""
        return self.server.flask("user", "link", self.username)

    def add_passkey(self) -> None:
        """Add a passkey on its page, and leave the browser there."""
        self.page.goto(f"{self.server.url}/passkeys")
        cards = self.page.locator("li.passkey")
        expect(self.page.locator("#loading")).to_be_hidden()
        before = cards.count()
        self.page.locator("#add-passkey").click()
        expect(cards).to_have_count(before + 1)


def without_autofill(page: Page) -> None:
    """Remove passkey autofill from this page's browser.

    With the owner at the device, it would be faster than a click.
    """
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")


def open_login_with_autofill(page: Page, authenticator: VirtualAuthenticator) -> None:
    """Open the sign-in page with nobody at the device, so that autofill waits.

    The owner comes afterwards.
    """
    authenticator.owner_is_present(False)
    page.goto("/login")
    expect(page.locator("html")).to_have_attribute("data-asking", "conditional")
    # Until Chromium's other process waits as well, which no page can see.
    page.wait_for_timeout(500)
    authenticator.owner_is_present(True)


def led_to_login(page: Page, url: str = "/login") -> None:
    """Wait until the page has gone to the sign-in page, and its script listens."""
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
    """Wait for what no page shows, such as what a device has forgotten."""
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


def code_now(secret: str, *, step: int = 0) -> str:
    """Return the code that an authenticator app shows, so many steps from now."""
    return str(TOTP(secret).at(int(time.time()) + 30 * step))


def set_up_app(page: Page) -> str:
    """Turn an authenticator app on, on its page, and return the secret."""
    expect(page.locator("#qr img")).to_be_visible()
    secret = page.locator("#secret").inner_text().replace(" ", "")
    page.locator("#code").fill(code_now(secret))
    page.get_by_role("button", name="Turn it on").click()
    return secret
