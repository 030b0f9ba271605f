"""axe-core finds no fault with any page, and nothing sticks out of it.

That holds in every state, light and dark, wide and narrow.
"""

from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser import states_mfa
from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.conftest import Console
from tests.browser.people import Person
from tests.browser.server import CHECKOUT, Server, served_with
from tests.browser.states import STATES, State, Visit, setup

pytestmark = pytest.mark.browser

AXE = (CHECKOUT / "tests/browser/vendor/axe-core-4.14.1/axe.min.js").read_text()
RUN = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    // The colours of the scheme; with reduced motion nothing is under way to them.
    await frame().then(frame);
    if (document.getAnimations().length) {
        throw new Error('something moves in spite of reduced motion');
    }
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) =>
        `${html} ${any.map(({ message }) => message).join(' ')}`).join(' | ')}`);
}"""
# The elements that end to the right of the window, so that a failure says what to fix.
STICKING_OUT = """() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) { return []; }
    return [...document.querySelectorAll('body *')]
        .filter((each) => each.getBoundingClientRect().right > innerWidth)
        .map((each) => each.outerHTML.slice(0, 120));
}"""
VARIANTS = [(scheme, width) for scheme in ("light", "dark") for width in (1100, 360)]


@pytest.fixture
def visit(
    page: Page, live_server: Server, authenticator: VirtualAuthenticator, console: Console
) -> Visit:
    """Somebody who is on no page yet. Some states come about by a failing request."""
    statuses = ("400 (BAD REQUEST)", "403 (FORBIDDEN)", "404 (NOT FOUND)", "409 (CONFLICT)")
    console.expect(*(f"status of {status}" for status in statuses), "ERR_CONNECTION_REFUSED")
    page.emulate_media(reduced_motion="reduce")
    return Visit(page, Person(page, live_server), authenticator)


def faults(page: Page) -> dict[tuple[str, int], list[Any]]:
    """Return what is wrong with the page as it is, by colour scheme and width."""
    page.evaluate(AXE)
    found = {}
    for scheme, width in VARIANTS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 800})
        found[scheme, width] = run_axe(page) + page.evaluate(STICKING_OUT)
    return found


def run_axe(page: Page, tries: int = 3) -> list[Any]:
    """Run axe and return its findings.

    It runs again where Chromium ends a run with an AbortError of its own.
    """
    try:
        return list(page.evaluate(RUN))
    except Error as error:
        if tries == 1 or "AbortError" not in str(error):
            raise
    return run_axe(page, tries - 1)


@pytest.mark.parametrize("state", STATES + states_mfa.STATES, ids=lambda state: state.__name__)
def test_a_page_is_accessible_and_fits(visit: Visit, state: State) -> None:
    state(visit)
    assert faults(visit.page) == {variant: [] for variant in VARIANTS}


@served_with(first_start=True)
def test_the_setup_is_accessible_and_fits(visit: Visit) -> None:
    setup(visit)
    assert faults(visit.page) == {variant: [] for variant in VARIANTS}


@served_with(REGISTRATION="invite")
def test_the_registration_by_invite_is_accessible_and_fits(visit: Visit) -> None:
    visit.page.goto("/register?invite=" + "c" * 22)
    assert faults(visit.page) == {variant: [] for variant in VARIANTS}


@served_with(MFA_POLICY="required", REGISTRATION="open")
@pytest.mark.parametrize("path", ["/passkeys?welcome=1", "/security"])
def test_where_a_second_step_is_required_a_page_is_accessible_and_fits(
    visit: Visit, path: str
) -> None:
    visit.person.register()
    visit.page.goto(path)
    expect(visit.page.locator("#loading")).to_be_hidden()
    assert faults(visit.page) == {variant: [] for variant in VARIANTS}


@served_with(PASSKEYS_ENABLED="false", REGISTRATION="open")
@pytest.mark.parametrize("path", ["/login", "/passkeys"])
def test_where_passkeys_are_off_a_page_is_accessible_and_fits(visit: Visit, path: str) -> None:
    visit.person.register()
    if path == "/login":
        visit.person.sign_out()
    visit.page.goto(path)
    assert faults(visit.page) == {variant: [] for variant in VARIANTS}


def test_at_the_size_of_400_percent_zoom_nothing_sticks_out(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 320, "height": 256})  # WCAG 1.4.10
    next(state for state in STATES if state.__name__ == "with_passkeys")(visit)
    assert visit.page.evaluate(STICKING_OUT) == []


def test_each_page_names_itself_in_its_title(visit: Visit) -> None:
    visit.page.goto("/login")
    assert visit.page.title() == "Sign in · Passline"
    visit.page.goto("/register")
    assert visit.page.title() == "Create your account · Passline"
    visit.person.register()
    visit.page.goto("/passkeys")
    assert visit.page.title() == "Your passkeys · Passline"
    for path, name in (("", "Security"), ("/app", "Authenticator app"), ("/password", "Password")):
        visit.page.goto(f"/security{path}")
        assert visit.page.title() == f"{name} · Passline"
