"""Clerk's own components: a user profile with TOTP, and the sign-in with its code."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.clerk import sdk
from tests.browser.clerk.conftest import PASSWORD, application_folder, register
from tests.browser.clerk.packages import components
from tests.browser.clerk.sdk import Application
from tests.browser.clerk.test_second_factors import AGE, code, serving
from tests.browser.conftest import Console, Profile

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def careful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a Passline that asks for second factors, and again soon."""
    yield from serving(tmp_path_factory.mktemp("careful"), MFA_POLICY="enrolled")


@pytest.fixture
def app(careful: int, version: str, profile: Profile, tmp_path: Path) -> Iterator[Application]:
    """The application's page with the components, signed in as a newcomer."""
    own = f"http://localhost:{careful}"
    script = '<script src="/sdk/ui.browser.js"></script>' if version.startswith("6") else ""
    html = sdk.html(own, sdk.key()).replace("<script", f"<meta charset=utf-8>{script}<script", 1)
    folder = application_folder(tmp_path, version, f"{html}<div id=here></div>")
    if script:
        for each in [components() / "ui.browser.js", *components().glob("*_ui_*.js")]:
            (folder / "sdk" / each.name).symlink_to(each)
    context = profile()
    context.add_init_script(sdk.MASK)
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    VirtualAuthenticator(cdp)  # the form of the sign-in asks it for passkeys
    sdk.put_on_this_origin(page, own, folder)
    app = Application(page, f"{own}/app.html", own)
    app.load = "Clerk.load({ui: {ClerkUI: window.__internal_ClerkUICtor}})"
    app.username = register(careful, f"ui{time.monotonic_ns()}")
    app.open()
    app.sign_in(app.username, PASSWORD)
    yield app
    context.close()


def test_the_components_enrol_sign_in_and_confirm(app: Application, console: Console) -> None:
    console.expect("status of 403", "status of 422")
    secret = enrol_by_profile(app)
    sign_in_by_component(app, secret)
    confirm_by_code(app, secret)


def open_security(app: Application) -> Page:
    """Open the profile's security tab, when the last proof is old."""
    app.page.wait_for_timeout((AGE + 0.3) * 1000)
    app.run("void Clerk.openUserProfile()")
    app.page.get_by_role("button", name="Security").click()
    return app.page


def enrol_by_profile(app: Application) -> str:
    """Add TOTP in the profile, which asks for the password first; return the secret."""
    page = open_security(app)
    page.get_by_text("Add two-step verification").click()
    page.get_by_text("Authenticator application").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("scan QR code").click()  # "Can't ... ?"
    secret = page.locator("input").first.input_value()
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Scan QR code instead").wait_for(state="hidden")
    type_code(page, code(secret, -1))
    expect(page.get_by_text("Two-step verification is now enabled")).to_be_visible()
    assert app.run("[Clerk.user.totpEnabled, Clerk.user.backupCodeEnabled]") == [True, True]
    return secret


def type_code(page: Page, typed: str) -> None:
    """Type a code where the focus goes by itself."""
    page.wait_for_timeout(300)
    page.keyboard.type(typed)


def sign_in_by_component(app: Application, secret: str) -> None:
    """Sign in with the password, a wrong code and the right one."""
    page = app.page
    page.context.clear_cookies()
    app.open()
    app.run("void Clerk.mountSignIn(document.getElementById('here'))")
    page.get_by_label("Username").fill(app.username)
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_text("Use another method").click()
    page.get_by_text("Sign in with your password").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.get_by_text("Two-step verification")).to_be_visible()
    type_code(page, "000000")
    expect(page.get_by_text("That code didn’t work.").first).to_be_visible()
    page.wait_for_timeout(1200)  # the card shakes, and takes nothing meanwhile
    type_code(page, code(secret, 0))
    page.wait_for_url("**/passkeys")
    app.open()
    assert app.run("Clerk.user.username") == app.username


def confirm_by_code(app: Application, secret: str) -> None:
    """Make new backup codes: a code of the app is asked, then they are shown."""
    page = open_security(app)
    page.locator(".cl-profileSection__mfa .cl-menuButton").nth(1).click()
    page.get_by_text("Regenerate").click()
    expect(page.get_by_text("Verification required")).to_be_visible()
    type_code(page, code(secret, 1))
    expect(page.get_by_role("button", name="Finish")).to_be_visible()
    assert re.search(r"[0-9a-z]{6}-[0-9a-z]{6}-", page.locator("body").inner_text())


def test_a_new_password_asks_for_the_passkey(app: Application, console: Console) -> None:
    console.expect("status of 403")
    app.run("Clerk.user.createPasskey()")
    page = open_security(app)
    page.get_by_text("Update password").click()
    for label in ("New password", "Confirm password"):
        page.get_by_label(label, exact=True).fill("another good passphrase")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_label("New password", exact=True)).to_be_hidden()
    page.context.clear_cookies()
    app.open()
    # The password signs in as far as it goes: the account has a second factor.
    tried = "Clerk.client.signIn.create({strategy: 'password', identifier: it[0], password: it[1]})"
    outcome = f"{tried}.then(it => it.status, error => error.errors[0].code)"
    console.expect("status of 422")
    assert app.run(outcome, [app.username, PASSWORD]) == "form_password_incorrect"
    known = {"5": "strategy_for_user_invalid", "6": "needs_second_factor"}
    version = app.run("Clerk.version")
    assert app.run(outcome, [app.username, "another good passphrase"]) == known[version[0]]
