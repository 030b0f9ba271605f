"""Every state that a page can be in, reached as a person reaches it.

The accessibility checks and the pictures use them.
"""

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page, expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.people import API, PASSWORD, Person, says
from tests.browser.server import Server

DAY = 86_400_000  # milliseconds
# Name, AAGUID, whether it is synced, and the days since it was made and used.
PASSKEYS = [
    ("MacBook Air", "fbfc3007-154e-4ecc-8c0b-6e020557d7bd", True, 212, 0),
    ("Pixel 9", "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", True, 96, 3),
    ("YubiKey on my keyring", "2fc0579f-8113-47ea-b116-bb5a8db9202a", False, 403, 41),
]


class Visit(NamedTuple):
    """Somebody at a page: what it takes to reach a state."""

    page: Page
    person: Person
    authenticator: VirtualAuthenticator

    @property
    def server(self) -> Server:
        """Return the server that the page comes from."""
        return self.person.server


def with_passkeys(visit: Visit) -> None:
    """Open the page of somebody with three passkeys.

    One is really added, and copied in the database to make three.
    """
    visit.person.register().add_passkey()
    passkey = visit.person.passkeys()[0]["id"]
    columns = (
        "user_id, public_key, sign_count, transports, attestation_format, rp_id, registration,"
        " user_verified, updated_at"
    )
    for name, aaguid, synced, made, used in PASSKEYS:
        visit.server.sql(
            f"INSERT INTO passkeys ({columns}, id, credential_id, name, aaguid, backup_eligible,"
            f" backed_up, created_at, last_used_at) SELECT {columns},"
            " 'c' || lower(hex(randomblob(12))), randomblob(32), ?, ?, ?, ?,"
            " created_at - ?, last_used_at - ? FROM passkeys WHERE id = ?",
            name, aaguid, synced, synced, made * DAY, used * DAY, passkey,
        )  # fmt: skip
    visit.server.sql("DELETE FROM passkeys WHERE id = ?", passkey)
    visit.page.goto(f"{visit.server.url}/passkeys")
    expect(visit.page.locator("li.passkey")).to_have_count(3)


def login(visit: Visit) -> None:
    visit.page.goto(f"{visit.server.url}/login")
    expect(visit.page.locator("#passkey-button")).to_be_enabled()


def login_faults(visit: Visit) -> None:
    login(visit)
    visit.page.locator("#password-submit").click()
    expect(visit.page.locator("#username-error")).to_be_visible()


def login_refused(visit: Visit) -> None:
    login(visit)
    visit.page.locator("#passkey-button").click()
    says(visit.page, "cancelled or took too long")


def login_busy(visit: Visit) -> None:
    visit.person.register().add_passkey()
    visit.person.sign_out()
    visit.authenticator.owner_is_present(False)
    login(visit)
    visit.page.locator("#passkey-button").click()
    expect(visit.page.locator("#passkey-button")).to_be_disabled()


def login_ended(visit: Visit) -> None:
    """Open the page of somebody whose session has ended meanwhile."""
    visit.person.register()
    visit.server.sql("DELETE FROM sessions")
    visit.page.goto(f"{visit.server.url}/passkeys")
    says(visit.page, "Your session has ended.", "#status")


def wrong_address(visit: Visit) -> None:
    """Open the sign-in page at an address where passkeys cannot work."""
    visit.page.goto(f"http://127.0.0.1:{visit.server.port}/login")
    says(visit.page, "You opened this page at", "#wrong-address")


def register(visit: Visit) -> None:
    visit.page.goto(f"{visit.server.url}/register")


def register_faults(visit: Visit) -> None:
    register(visit)
    visit.page.locator("#account-submit").click()
    expect(visit.page.locator("#username-error")).to_be_visible()


def register_taken(visit: Visit) -> None:
    register(visit)
    visit.page.locator("#username").fill("root")
    visit.page.locator("#password").fill(PASSWORD)
    visit.page.locator("#account-submit").click()
    says(visit.page, "This username is taken.", "#username-error")


def welcome(visit: Visit) -> None:
    visit.person.register()
    visit.page.goto(f"{visit.server.url}/passkeys?welcome=1")
    expect(visit.page.locator("#empty")).to_be_visible()


def empty(visit: Visit) -> None:
    visit.person.register()
    visit.page.goto(f"{visit.server.url}/passkeys")
    expect(visit.page.locator("#empty")).to_be_visible()


def added(visit: Visit) -> None:
    visit.person.register().add_passkey()
    expect(visit.page.locator("#rename-new")).to_be_visible()


def duplicate(visit: Visit) -> None:
    visit.person.register().add_passkey()
    visit.page.locator("#add-passkey").click()
    says(visit.page, "This device already has a passkey")


def about(visit: Visit) -> None:
    with_passkeys(visit)
    visit.page.locator("#about summary").click()


def long_names(visit: Visit) -> None:
    visit.person.username = "n" * 56 + visit.person.username
    visit.person.register().add_passkey()
    passkey = visit.person.passkeys()[0]["id"]
    visit.server.sql("UPDATE passkeys SET name = ? WHERE id = ?", "W" * 100, passkey)
    visit.page.goto(f"{visit.server.url}/passkeys")
    expect(visit.page.locator("li.passkey")).to_be_visible()


def long_welcome(visit: Visit) -> None:
    visit.person.username = "n" * 56 + visit.person.username
    welcome(visit)


def rename_dialog(visit: Visit) -> None:
    with_passkeys(visit)
    visit.page.locator("[data-action=rename]").first.click()


def rename_faults(visit: Visit) -> None:
    rename_dialog(visit)
    visit.page.locator("#passkey-name").fill(" ")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#name-error")).to_be_visible()


def delete_dialog(visit: Visit) -> None:
    with_passkeys(visit)
    visit.page.locator("[data-action=delete]").first.click()


def delete_last_dialog(visit: Visit) -> None:
    visit.person.register().add_passkey()
    visit.page.locator("[data-action=delete]").click()
    expect(visit.page.locator(".last-warning")).to_be_visible()


def somebody_else(visit: Visit) -> None:
    """Let somebody else sign in while a page is open that is asked to delete."""
    visit.person.register().add_passkey()
    Person(visit.page, visit.server).register()
    visit.page.locator("[data-action=delete]").click()
    visit.page.locator("#delete-dialog [data-dialog-confirm]").click()
    says(visit.page, "You are signed in as", "#whose")
    expect(visit.page.locator("#empty")).to_be_visible()


def load_failed(visit: Visit) -> None:
    visit.person.register()
    visit.page.route(f"**{API}/passkeys", lambda route: route.abort("connectionrefused"))
    visit.page.goto(f"{visit.server.url}/passkeys")
    expect(visit.page.locator("#load-failed")).to_be_visible()


def error(visit: Visit) -> None:
    visit.page.goto(f"{visit.server.url}/nowhere")


def api_docs(visit: Visit) -> None:
    """Open a page of the API's documentation with every operation unfolded."""
    visit.page.goto(f"{visit.server.url}/docs/account")
    unfold = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
    visit.page.evaluate(unfold)


State = Callable[[Visit], None]
STATES: list[State] = [
    login, login_faults, login_refused, login_busy, login_ended, wrong_address, register,
    register_faults, register_taken, welcome, empty, added, duplicate, with_passkeys, about,
    long_names, long_welcome, rename_dialog, rename_faults, delete_dialog, delete_last_dialog,
    somebody_else, load_failed, error, api_docs,
]  # fmt: skip


def setup(visit: Visit) -> None:
    """Open the page of the first start, for which the server must be new."""
    visit.page.goto(f"{visit.server.url}/setup")
    expect(visit.page.locator("#account-submit")).to_be_visible()
