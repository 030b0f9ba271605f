"""The second step of a sign-in, and setting up what it asks for."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.conftest import Console
from tests.browser.people import (
    API,
    Person,
    code_now,
    led_to_login,
    says,
    set_up_app,
    sign_in_by_password,
    tab_to,
    without_autofill,
)
from tests.browser.server import served_with

pytestmark = pytest.mark.browser

SECOND = re.compile("/login/second")


def reach_second_step(person: Person, way: str) -> Page:
    """Sign in by password, to the second step, which shows the field of this way."""
    without_autofill(person.page)
    person.page.goto("/login")
    sign_in_by_password(person.page, person.username)
    expect(person.page.locator(f"#proof-{way}")).to_be_focused()
    return person.page


@pytest.fixture
def with_app(person: Person) -> tuple[Person, str, list[str]]:
    """Somebody with an app, its secret and their recovery codes, signed out."""
    secret, codes = person.turn_totp_on()
    person.sign_out()
    return person, secret, codes


def test_an_app_is_set_up_by_its_secret_and_its_code_is_asked_for_from_then_on(
    person: Person, console: Console
) -> None:
    console.expect("status of 400")
    page = person.page
    page.goto("/security")
    page.get_by_role("link", name="Authenticator app", exact=True).click()
    expect(page.locator("#qr img")).to_have_js_property("complete", True)
    assert page.locator("#qr img").evaluate("image => image.naturalWidth") > 100
    page.locator("#code").fill("12345")
    page.keyboard.press("Enter")
    says(page, "That code didn’t work.", "#code-error")
    expect(page.locator("#code")).to_be_focused()
    secret = set_up_app(page)
    expect(page.locator("#codes li")).to_have_count(10)
    expect(page.locator("#codes-title")).to_be_focused()
    says(page, "You see them only now.", "#codes-card")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert page.locator("#codes li").first.inner_text() in download.value.path().read_text()
    page.get_by_role("button", name="I have saved them").click()
    says(page, "Your authenticator app is on.", "#status")
    says(page, "10 of 10 left", "#codes-badge")
    page.locator("#sign-out").click()
    led_to_login(page)
    reach_second_step(person, "code").keyboard.type(code_now(secret, step=1))
    page.keyboard.press("Enter")
    expect(page).to_have_url("/passkeys")


def test_a_wrong_code_is_said_at_the_field_and_the_next_one_can_be_typed(
    with_app: tuple[Person, str, list[str]], console: Console
) -> None:
    console.expect("status of 400")
    person, secret, _ = with_app
    page = reach_second_step(person, "code")
    page.get_by_role("button", name="Continue").click()
    says(page, "Type the 6-digit code", "#proof-code-error")
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    says(page, "That code didn’t work. Each code works once", "#proof-code-error")
    expect(page.locator("#proof-code")).to_be_focused()
    page.keyboard.type(code_now(secret))
    page.keyboard.press("Enter")
    expect(page).to_have_url("/passkeys")


def test_a_recovery_code_stands_in_for_the_lost_app_and_a_reload_loses_nothing(
    with_app: tuple[Person, str, list[str]],
) -> None:
    person, _, codes = with_app
    page = reach_second_step(person, "code")
    page.reload()
    says(page, f"Signing in as {person.username}.", "#who")
    page.get_by_role("button", name="Use a recovery code").click()
    expect(page.locator("#proof-recovery_code")).to_be_focused()
    page.keyboard.type(codes[0].upper().replace("-", " "))
    page.keyboard.press("Enter")
    expect(page).to_have_url("/passkeys")


def test_after_too_many_wrong_codes_the_page_says_how_long_to_wait_and_what_stays_open(
    with_app: tuple[Person, str, list[str]], console: Console
) -> None:
    console.expect("status of 400", "status of 429")
    person, secret, _ = with_app
    person.server.sql("DELETE FROM failures")
    page = reach_second_step(person, "code")
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    says(page, "That code didn’t work.", "#proof-code-error")
    person.server.sql("UPDATE failures SET count = 40, blocked_until = blocked_until + 3600000")
    page.keyboard.type(code_now(secret))
    page.keyboard.press("Enter")
    says(page, "Too many tries. Wait ", "#proof-code-error")
    says(page, "or use a recovery code now.", "#proof-code-error")
    person.server.sql("DELETE FROM failures")


def test_a_sign_in_that_has_timed_out_starts_again_and_says_so(
    with_app: tuple[Person, str, list[str]], console: Console
) -> None:
    console.expect("status of 400")
    person, secret, _ = with_app
    page = reach_second_step(person, "code")
    person.server.sql("DELETE FROM sign_ins")
    page.keyboard.type(code_now(secret))
    page.keyboard.press("Enter")
    says(page, "Nothing was lost: start again.", "#status")
    page.goto("/login/second")
    says(page, "Nothing was lost: start again.", "#status")


@served_with(MFA_POLICY="enrolled", REGISTRATION="open", USER_VERIFICATION="preferred")
def test_a_passkey_is_the_second_step_after_a_password(
    owner: Person, authenticator: VirtualAuthenticator
) -> None:
    without_autofill(owner.page)
    owner.page.goto("/login?next=/security")
    sign_in_by_password(owner.page, owner.username)
    expect(owner.page).to_have_url(SECOND)
    authenticator.owner_passes_the_check(False)
    owner.page.get_by_role("button", name="Use a passkey").click()
    says(owner.page, "That was cancelled or took too long.", "#proof-alert")
    expect(owner.page.locator("#proof-submit")).to_be_focused()
    authenticator.owner_passes_the_check(True)
    owner.page.keyboard.press("Enter")
    expect(owner.page).to_have_url("/security")


@served_with(MFA_POLICY="enrolled", REGISTRATION="open", USER_VERIFICATION="preferred")
def test_after_a_passkey_that_checked_nobody_the_password_is_the_second_step(
    owner: Person, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 400")
    authenticator.lie(user_verification=True)
    page = owner.page
    without_autofill(page)
    page.goto("/login")
    page.locator("#passkey-button").click()
    says(page, "Your passkey didn’t check that it was you.", "#lead")
    expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)
    page.locator("#proof-password").fill("not my password")
    page.keyboard.press("Enter")
    says(page, "That is not your password.", "#proof-password-error")
    page.keyboard.type(owner.password)
    page.keyboard.press("Enter")
    expect(page).to_have_url("/passkeys")


def test_the_way_used_last_in_this_browser_comes_first(
    person: Person, authenticator: VirtualAuthenticator
) -> None:
    person.turn_totp_on()
    person.add_passkey()
    person.sign_out()
    page = reach_second_step(person, "code")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url("/passkeys")
    person.sign_out()
    page.goto("/login")
    sign_in_by_password(page, person.username)
    expect(page.locator("#proof-submit")).to_have_accessible_name("Use a passkey")
    expect(page.get_by_role("button", name="Use a code from your app")).to_be_visible()


def test_the_keyboard_alone_is_enough(with_app: tuple[Person, str, list[str]]) -> None:
    person, secret, _ = with_app
    page = reach_second_step(person, "code")
    tab_to(page, page.get_by_role("button", name="Use a recovery code"))
    page.keyboard.press("Enter")
    expect(page.locator("#proof-recovery_code")).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Use a code from your app"))
    page.keyboard.press("Space")
    page.keyboard.type(code_now(secret))
    page.keyboard.press("Enter")
    expect(page).to_have_url("/passkeys")
    person.prove_long_ago()
    tab_to(page, page.get_by_role("link", name="Security", exact=True))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Recovery codes"))
    page.keyboard.press("Enter")
    says(page, "10 recovery codes are left.", "#left")
    tab_to(page, page.locator("#make"))


def test_start_again_leads_to_the_sign_in(with_app: tuple[Person, str, list[str]]) -> None:
    page = reach_second_step(with_app[0], "code")
    page.get_by_role("link", name="Not you? Start again").click()
    expect(page.locator("#password-submit")).to_be_visible()
    assert page.context.request.get(f"{with_app[0].server.url}{API}/security").status == 401
