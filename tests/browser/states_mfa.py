"""Every state of the pages of second factors, reached as a person reaches it.

The accessibility checks and the pictures use them, as those of states.py.
"""

from playwright.sync_api import expect

from tests.browser.people import API, says, set_up_app, sign_in_by_password
from tests.browser.states import State, Visit, login


def second_step(visit: Visit) -> None:
    """Open the second step of somebody who has an app and recovery codes."""
    visit.person.register().turn_totp_on()
    visit.person.sign_out()
    login(visit)
    sign_in_by_password(visit.page, visit.person.username)
    expect(visit.page.locator("#proof-code")).to_be_focused()


def second_step_faults(visit: Visit) -> None:
    second_step(visit)
    visit.page.locator("#proof-code").fill("000 000")
    visit.page.keyboard.press("Enter")
    says(visit.page, "That code didn’t work.", "#proof-code-error")


def login_late(visit: Visit) -> None:
    second_step(visit)
    visit.server.sql("DELETE FROM sign_ins")
    visit.page.reload()
    says(visit.page, "start again", "#status")


def recover(visit: Visit) -> None:
    visit.page.goto(f"{visit.server.url}/recover")
    expect(visit.page.locator("#recover-submit")).to_be_visible()


def recover_faults(visit: Visit) -> None:
    recover(visit)
    visit.page.locator("#username").fill("nobody")
    visit.page.locator("#code").fill("wrong")
    visit.page.locator("#recover-submit").click()
    says(visit.page, "That didn’t work.", "#code-error")


def recover_otherwise(visit: Visit) -> None:
    recover(visit)
    visit.page.locator("summary").last.click()
    expect(visit.page.locator("#recover-submit")).to_be_hidden()


def link(visit: Visit) -> None:
    visit.page.goto(f"{visit.server.url}/link#{'x' * 43}")
    expect(visit.page.locator("#use-link")).to_be_visible()


def link_dead(visit: Visit) -> None:
    link(visit)
    visit.page.locator("#use-link").click()
    says(visit.page, "Ask for a new one.")


def recovering(visit: Visit) -> None:
    """Open the page of somebody who came in by a recovery code alone."""
    person = visit.person.register()
    _, codes = person.turn_totp_on()
    key = person.username
    visit.server.sql("UPDATE users SET password_hash = NULL WHERE username = ?", key)
    person.sign_out()
    assert person.call("POST", f"{API}/recover", {"username": key, "code": codes[0]}).ok
    security(visit)
    says(visit.page, "You came in without your usual ways.", "#standing")


def security(visit: Visit) -> None:
    visit.page.goto(f"{visit.server.url}/security")
    expect(visit.page.locator("#ways-in")).to_be_visible()


def security_new(visit: Visit) -> None:
    visit.person.register()
    security(visit)


def security_few_codes(visit: Visit) -> None:
    visit.person.register().turn_totp_on()
    visit.server.sql("DELETE FROM recovery_codes WHERE rowid % 10 > 2")
    security(visit)
    expect(visit.page.locator("#few-codes")).to_be_visible()


def app_setup(visit: Visit) -> None:
    visit.person.register()
    visit.page.goto(f"{visit.server.url}/security/app")
    expect(visit.page.locator("#qr img")).to_be_visible()


def app_setup_faults(visit: Visit) -> None:
    app_setup(visit)
    visit.page.locator("#code").fill("000000")
    visit.page.locator("#turn-on").click()
    says(visit.page, "That code didn’t work.", "#code-error")


def app_codes(visit: Visit) -> None:
    app_setup(visit)
    set_up_app(visit.page)
    expect(visit.page.locator("#codes li")).to_have_count(10)


def app_off_dialog(visit: Visit) -> None:
    visit.person.register().turn_totp_on()
    visit.page.goto(f"{visit.server.url}/security/app")
    visit.page.locator("#turn-off").click()
    expect(visit.page.locator("#off-last")).to_be_visible()


def codes_left(visit: Visit) -> None:
    visit.person.register().turn_totp_on()
    visit.page.goto(f"{visit.server.url}/security/codes")
    says(visit.page, "10 recovery codes are left.", "#left")


def password_page(visit: Visit) -> None:
    visit.person.register()
    visit.page.goto(f"{visit.server.url}/security/password")
    expect(visit.page.locator("#without")).to_be_visible()


def codes_banner(visit: Visit) -> None:
    visit.person.register().add_passkey()
    expect(visit.page.locator("#codes-banner")).to_be_visible()


def step_up(visit: Visit) -> None:
    """Let somebody delete a passkey whose last proof is old."""
    visit.person.register().turn_totp_on()
    visit.person.add_passkey()
    visit.person.prove_long_ago()
    visit.page.locator("[data-action=delete]").click()
    visit.page.locator("#delete-dialog [data-dialog-confirm]").click()
    says(visit.page, "You are deleting “Chrome on Linux”.", "#step-up-text")


def step_up_faults(visit: Visit) -> None:
    step_up(visit)
    visit.page.get_by_role("button", name="Use a code from your app").click()
    visit.page.locator("#proof-code").fill("000000")
    visit.page.keyboard.press("Enter")
    says(visit.page, "That code didn’t work.", "#proof-code-error")


def notices(visit: Visit) -> None:
    """Let an administrator make a link, and somebody use a recovery code twice."""
    person = visit.person.register()
    _, codes = person.turn_totp_on()
    visit.server.flask("user", "link", person.username)
    for each in codes[:2]:
        assert person.call("POST", f"{API}/recover", person.credentials() | {"code": each}).ok
    security(visit)
    says(visit.page, "A recovery code of yours was used, 2 times.", "#notices")


STATES: list[State] = [
    second_step, second_step_faults, login_late,
    recover, recover_faults, recover_otherwise, link, link_dead, recovering, security_new,
    security_few_codes, app_setup, app_setup_faults, app_codes, app_off_dialog, codes_left,
    password_page, codes_banner, step_up, step_up_faults, notices,
]  # fmt: skip
