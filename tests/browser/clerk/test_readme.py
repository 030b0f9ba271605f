"""README's "Use it with Clerk's SDK": its page does what it says, with its settings."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.clerk import sdk
from tests.browser.clerk.conftest import PASSWORD, register
from tests.browser.clerk.packages import SDKS, scripts
from tests.browser.conftest import Console, Profile
from tests.live import ROOT, free_port, server

pytestmark = pytest.mark.browser

CDN = re.compile(r"https://cdn\.jsdelivr\.net/npm/@clerk/clerk-js@([0-9.]+)/dist/")


def block(kind: str) -> str:
    """Return the one block of this kind."""
    [found] = re.findall(rf"```{kind} clerk\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    return str(found)


@pytest.mark.parametrize("version", SDKS)
def test_it_works_as_it_stands(
    profile: Profile, console: Console, tmp_path: Path, version: str
) -> None:
    port, other = free_port(), free_port()

    def moved(text: str) -> str:
        text = text.replace("localhost:8000", f"localhost:{port}")
        return text.replace("localhost:3000", f"localhost:{other}")

    settings = dict(re.findall(r"PASSLINE_([A-Z_]+)=(\S+)", moved(block("sh"))))
    assert set(settings) == {"ORIGINS", "CORS_ORIGINS"}
    [named] = CDN.findall(block("html"))
    assert named in SDKS
    html = moved(block("html")).replace(f"clerk-js@{named}", f"clerk-js@{version}")
    (tmp_path / "app.html").write_text(html)
    context = profile()
    context.add_init_script(sdk.MASK)
    page = context.new_page()
    page.route(CDN, lambda route: from_the_package(route, version))
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    with server(tmp_path / "data", port=port, **settings), sdk.files(tmp_path, other):
        register(port, "ada")
        page.goto(f"http://localhost:{other}/app.html")
        follow(page, console)
        context.close()


def from_the_package(route: Route, version: str) -> None:
    """Answer in place of the CDN."""
    name = CDN.sub("", route.request.url).partition("?")[0]
    headers = {"Access-Control-Allow-Origin": "*"}
    route.fulfill(path=scripts(version) / name, content_type="text/javascript", headers=headers)


def follow(page: Page, console: Console) -> None:
    """Use everything that the page offers."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    VirtualAuthenticator(cdp)
    console.expect("status of 422")

    page.get_by_placeholder("Username").fill("ada")
    page.get_by_placeholder("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("Wrong username or password.")
    page.get_by_placeholder("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("#name")).to_have_text("ada")

    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("#passkeys li")).to_have_text(["Passkey"])
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("#name")).to_have_text("ada")
    expect(page.get_by_role("alert")).to_be_empty()
