"""The page of passkeys: adding, renaming and deleting them."""

import pytest
from playwright.sync_api import CDPSession, Page, Route, expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.conftest import Console
from tests.browser.people import PASSKEYS, Person, requests, says, without_autofill
from tests.browser.server import served_with

pytestmark = pytest.mark.browser


@pytest.fixture
def page_of_owner(person: Person, authenticator: VirtualAuthenticator) -> Page:
    """The page of somebody who has just added their first passkey."""
    person.add_passkey()
    return person.page


@pytest.fixture
def security_key(
    page_of_owner: Page, person: Person, authenticator: VirtualAuthenticator, cdp: CDPSession
) -> str:
    """The name of a second passkey, which is on a second device."""
    authenticator.owner_is_present(False)
    VirtualAuthenticator(cdp, transport="usb")
    person.add_passkey()
    authenticator.owner_is_present(True)
    return str(person.passkeys()[1]["name"])


def rename(page: Page, name: str) -> None:
    page.locator("[data-action=rename]").first.click()
    page.locator("#passkey-name").fill(name)
    page.locator("#rename-dialog [data-dialog-confirm]").click()


def delete(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Delete {name}", exact=True).click()
    page.locator("#delete-dialog [data-dialog-confirm]").click()


def test_without_passkeys_the_page_says_what_they_are_for(person: Person) -> None:
    person.page.goto("/passkeys")
    expect(person.page.locator("#empty")).to_be_visible()
    expect(person.page.locator("#passkey-list")).to_be_hidden()
    expect(person.page.locator("#welcome")).to_be_hidden()


def test_the_welcome_asks_for_a_passkey_until_there_is_one(
    person: Person, authenticator: VirtualAuthenticator
) -> None:
    page = person.page
    page.goto("/passkeys?welcome=1&x=y")
    says(page, "Add a passkey now", "#welcome")
    page.locator("#add-passkey").click()
    says(page, "added", "#status")
    expect(page.locator("#welcome")).to_be_hidden()
    page.locator("[data-action=delete]").click()
    page.locator("#delete-dialog [data-dialog-confirm]").click()
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#welcome")).to_be_hidden()


def test_neither_a_reload_nor_an_address_of_before_welcomes_somebody_again(
    person: Person, authenticator: VirtualAuthenticator
) -> None:
    page = person.page
    page.goto("/passkeys?welcome=1&x=y")
    expect(page.locator("#welcome")).to_be_visible()
    expect(page).to_have_url("/passkeys?x=y")
    page.reload()
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#welcome")).to_be_hidden()
    person.add_passkey()
    page.goto("/passkeys?welcome=1")
    expect(page.locator("li.passkey")).to_be_visible()
    expect(page.locator("#welcome")).to_be_hidden()
    expect(page).to_have_url("/passkeys")


def test_a_passkey_is_added_with_a_name_that_tells_where_it_is(page_of_owner: Page) -> None:
    expect(page_of_owner.locator("li.passkey [data-slot=name]")).to_have_text("Chrome on Linux")
    says(page_of_owner, "Passkey “Chrome on Linux” added.", "#status")
    expect(page_of_owner.locator("#empty")).to_be_hidden()


def test_a_card_tells_what_the_passkey_is(page_of_owner: Page) -> None:
    card = page_of_owner.locator("li.passkey")
    expect(card.locator(".badge")).to_have_text(["One device only"])
    expect(card.locator("[data-slot=used]")).to_have_text("Never")


def test_a_passkey_counts_as_used_once_it_has_signed_in(owner: Person) -> None:
    owner.page.goto("/login")  # where autofill signs in
    expect(owner.page).to_have_url("/passkeys")
    expect(owner.page.locator("li.passkey [data-slot=used]")).to_have_text("just now")


def test_a_synced_passkey_is_told_apart(person: Person, cdp: CDPSession) -> None:
    VirtualAuthenticator(cdp, defaultBackupEligibility=True, defaultBackupState=True)
    person.add_passkey()
    expect(person.page.locator(".badge")).to_have_text(["Synced", "Backed up"])


def test_a_passkey_that_cannot_sign_in_by_itself_says_so(person: Person, cdp: CDPSession) -> None:
    old_key = VirtualAuthenticator(cdp, transport="usb", hasResidentKey=False)

    def undiscoverable(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        selection = {"residentKey": "discouraged", "requireResidentKey": False}
        body["options"]["authenticatorSelection"] |= selection
        route.fulfill(response=answer, json=body)

    person.page.route(f"**{PASSKEYS}/options", undiscoverable)
    person.add_passkey()
    [credential] = old_key.credentials()
    assert credential["isResidentCredential"] is False
    says(person.page, "added, but it can't sign in by itself", "#status")
    badges = person.page.locator("li.passkey .badge")
    expect(badges).to_have_text(["One device only", "Can't sign in by itself"])


def test_the_new_passkey_can_be_renamed_at_once(page_of_owner: Page) -> None:
    page_of_owner.get_by_role("button", name="Rename it").click()
    page_of_owner.locator("#passkey-name").fill("Work laptop")
    page_of_owner.keyboard.press("Enter")
    expect(page_of_owner.locator("[data-slot=name]").first).to_have_text("Work laptop")
    expect(page_of_owner.get_by_role("button", name="Rename it")).to_be_hidden()


def test_a_passkey_on_another_device_gets_a_name_of_its_own(
    page_of_owner: Page, security_key: str
) -> None:
    assert security_key == "Security key"
    names = ["Chrome on Linux", "Security key"]
    expect(page_of_owner.locator("[data-slot=name]")).to_contain_text(names)


def test_a_double_click_adds_one_passkey(
    person: Person, authenticator: VirtualAuthenticator
) -> None:
    person.page.goto("/passkeys")
    with requests(person.page, "POST", PASSKEYS) as sent:
        person.page.locator("#add-passkey").dblclick()
        says(person.page, "added", "#status")
    assert len(sent) == len(person.passkeys()) == len(authenticator.credentials()) == 1


def test_a_name_with_markup_is_shown_as_text(page_of_owner: Page, person: Person) -> None:
    markup = "<img src=x onerror=alert(1)><b>bold</b>"
    rename(page_of_owner, markup)
    says(page_of_owner, f"Renamed to “{markup}”.", "#status")
    expect(page_of_owner.locator("li.passkey [data-slot=name]")).to_have_text(markup)
    page_of_owner.locator("[data-action=delete]").click()
    says(page_of_owner, f"Delete “{markup}”?", "#delete-title")
    expect(page_of_owner.locator("main img, main b")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "fault"),
    [("   ", "Enter a name."), ("left\u202eright", "Leave out control characters.")],
    ids=["empty", "control-characters"],
)
def test_a_name_that_is_refused_is_said_at_its_field(
    page_of_owner: Page, console: Console, name: str, fault: str
) -> None:
    console.expect("status of 400")
    rename(page_of_owner, name)
    expect(page_of_owner.locator("#name-error")).to_have_text(fault)
    expect(page_of_owner.locator("#passkey-name")).to_be_focused()
    expect(page_of_owner.locator("#rename-dialog [data-dialog-alert]")).to_be_empty()


def test_a_refused_name_can_be_fixed_in_the_same_dialog(page_of_owner: Page) -> None:
    rename(page_of_owner, " ")
    page_of_owner.locator("#passkey-name").fill("Better")
    page_of_owner.keyboard.press("Enter")
    expect(page_of_owner.locator("#rename-dialog")).to_be_hidden()
    says(page_of_owner, "Renamed to “Better”.", "#status")


def test_the_name_of_another_passkey_gets_a_number_and_the_page_says_so(
    page_of_owner: Page, security_key: str
) -> None:
    rename(page_of_owner, security_key)
    says(page_of_owner, f"Renamed to “{security_key} 2”.", "#status")


def test_a_rename_that_is_called_off_changes_nothing(page_of_owner: Page, person: Person) -> None:
    page_of_owner.locator("[data-action=rename]").click()
    page_of_owner.locator("#passkey-name").fill("Never")
    page_of_owner.get_by_role("button", name="Cancel").click()
    expect(page_of_owner.locator("[data-action=rename]")).to_be_focused()
    assert person.passkeys()[0]["name"] == "Chrome on Linux"


def test_a_passkey_that_was_deleted_elsewhere_says_so(
    page_of_owner: Page, person: Person, console: Console
) -> None:
    console.expect("status of 400")
    person.delete_passkey()
    rename(page_of_owner, "Gone")
    says(page_of_owner, "You have no passkey with this id.", "#rename-dialog")


def test_a_deletion_is_asked_about_and_can_be_called_off(
    page_of_owner: Page, person: Person
) -> None:
    page_of_owner.locator("[data-action=delete]").click()
    says(page_of_owner, "After this you can't sign in with it.", "#delete-dialog")
    page_of_owner.keyboard.press("Escape")
    expect(page_of_owner.locator("#delete-dialog")).to_be_hidden()
    assert len(person.passkeys()) == 1


def test_only_the_last_passkey_comes_with_the_warning_that_it_is(
    page_of_owner: Page, security_key: str
) -> None:
    warning = page_of_owner.locator("#delete-dialog .last-warning")
    page_of_owner.locator("[data-action=delete]").first.click()
    expect(warning).to_be_hidden()
    page_of_owner.locator("#delete-dialog [data-dialog-confirm]").click()
    says(page_of_owner, "deleted", "#status")
    page_of_owner.locator("[data-action=delete]").click()
    expect(warning).to_have_text("This is your last passkey. You'll need your password to sign in.")


def test_after_a_deletion_the_focus_is_on_the_next_passkey(
    page_of_owner: Page, security_key: str
) -> None:
    delete(page_of_owner, "Chrome on Linux")
    expect(page_of_owner.get_by_role("heading", name=security_key)).to_be_focused()


@served_with(PASSKEYS_ENABLED="false")
def test_where_passkeys_are_off_the_page_says_so_and_offers_nothing(person: Person) -> None:
    person.page.goto("/passkeys")
    says(person.page, "Passkeys are turned off on this service.", "#passkeys-off")
    expect(person.page.locator("#add-passkey")).to_have_count(0)


@served_with(MAX_PASSKEYS_PER_USER=1)
def test_one_passkey_too_many_says_to_delete_one(page_of_owner: Page, console: Console) -> None:
    console.expect("status of 400")
    page_of_owner.locator("#add-passkey").click()
    sentence = "You have as many passkeys as this server allows. Delete one, then add the new one."
    says(page_of_owner, sentence)


def test_deleting_a_passkey_says_that_a_session_which_it_began_has_ended(
    page_of_owner: Page, person: Person, console: Console
) -> None:
    console.expect("status of 403")  # the password alone does not confirm who it is
    without_autofill(page_of_owner)
    person.sign_out()
    page_of_owner.goto("/login")
    page_of_owner.locator("#passkey-button").click()
    expect(page_of_owner.locator("li.passkey")).to_have_count(1)
    page_of_owner.context.clear_cookies()  # as if that session were on another device
    person.sign_in()
    page_of_owner.reload()
    delete(page_of_owner, "Chrome on Linux")
    page_of_owner.locator("#step-up").get_by_role("button", name="Use a passkey").click()
    sentence = "Passkey “Chrome on Linux” deleted. Another session that it began has ended."
    expect(page_of_owner.locator("#status")).to_have_text(sentence)
