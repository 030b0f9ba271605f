"""Take pictures of the pages: python -m tests.browser.screenshots OUTDIR.

OUTDIR then holds every state of tests/browser/states*.py, light and dark, wide and
narrow, and passkeys.png: the README's, to be copied to docs/.
"""

import shutil
import sys
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import states_mfa
from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.conftest import CHROMIUM
from tests.browser.people import API, PASSWORD, Person
from tests.browser.server import Server
from tests.browser.states import STATES, State, Visit, setup, with_passkeys

WIDE, NARROW = {"width": 1100, "height": 760}, {"width": 360, "height": 760}
VARIANTS = list(product(("light", "dark"), (WIDE, NARROW)))


def visit(browser: Browser, server: Server, username: str = "") -> Visit:
    """Return somebody with a fresh browser profile and a device."""
    context = browser.new_context(
        base_url=server.url,
        viewport=WIDE,
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
    )
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    return Visit(page, Person(page, server, username), VirtualAuthenticator(cdp))


def take(browser: Browser, server: Server, state: State, folder: Path) -> None:
    """Take the pictures of one state."""
    at = visit(browser, server)
    state(at)
    for scheme, size in VARIANTS:
        at.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        at.page.set_viewport_size(size)
        at.page.wait_for_timeout(100)
        name = f"{state.__name__.replace('_', '-')}-{scheme}-{size['width']}.png"
        whole = not at.page.locator("dialog[open]").count()
        at.page.screenshot(path=folder / name, full_page=whole)
    at.page.context.close()


def take_for_readme(browser: Browser, server: Server, folder: Path) -> None:
    """Take passkeys.png: light, and as high as the page is."""
    at = visit(browser, server, "ada")
    with_passkeys(at)
    at.page.locator("#codes-not-now").click()
    at.page.locator("body").evaluate("() => document.activeElement.blur()")
    at.page.mouse.move(0, 0)
    at.page.set_viewport_size({"width": 1100, "height": 300})
    at.page.screenshot(path=folder / "passkeys.png", full_page=True)
    at.page.context.close()


def main(folder: Path) -> None:
    """Take all pictures, on a server of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    arguments = ["--no-sandbox", "--disable-gpu"]
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        server = Server.start(Path(data), REGISTRATION="open")
        try:
            take(browser, server, setup, folder)
            first = visit(browser, server, "root")
            body = {"username": "root", "password": PASSWORD}
            assert first.person.call("POST", f"{API}/setup", body).ok
            take_for_readme(browser, server, folder)
            for state in STATES + states_mfa.STATES:
                take(browser, server, state, folder)
        finally:
            server.stop()
            browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
