"""Fixtures: real servers, a Chromium for each worker, a fresh profile for each test."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Page,
    sync_playwright,
)

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.people import API, NOTE_CEREMONIES, PASSWORD, Person
from tests.browser.server import Server

# The first is the same browser without windows, which takes half of the time.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
TIMEOUT = 10_000  # milliseconds

Serve = Callable[..., Server]


def program(*names: str) -> str:
    """Return the path of the first of these programs.

    Without any, skip the test, or fail it in CI.
    """
    found = next(filter(None, map(shutil.which, names)), None)
    return found or _missing(names[0])


def _missing(name: str) -> NoReturn:
    give_up = pytest.fail if os.environ.get("CI") else pytest.skip
    give_up(f"{name} is not installed; tests/install-programs installs it")
    raise AssertionError  # neither of the two returns


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium for all tests of this worker."""
    executable = program(*CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Return a function that returns the server with these settings.

    The function starts it unless it runs already. "root" has its first account.
    """
    running: dict[tuple[tuple[str, Any], ...], Server] = {}

    def serve(**settings: Any) -> Server:
        key = tuple(sorted(settings.items()))
        if key not in running:
            running[key] = Server.start(tmp_path_factory.mktemp("server"), **settings)
            make_first_account(browser, running[key])
        return running[key]

    yield serve
    for server in running.values():
        server.stop()


def make_first_account(browser: Browser, server: Server) -> None:
    """Make the account "root", so that the server is past its first start."""
    context = browser.new_context()
    body = {"username": "root", "password": PASSWORD}
    assert context.request.post(f"{server.url}{API}/setup", data=body).ok
    context.close()


@pytest.fixture
def live_server(request: pytest.FixtureRequest, serve: Serve, tmp_path: Path) -> Iterator[Server]:
    """The server of the page: anybody may register, or it is as served_with() says."""
    settings = dict(getattr(request, "param", {}))
    if settings.pop("first_start", False):
        server = Server.start(tmp_path, **settings)
        yield server
        server.stop()
    else:
        yield serve(**{"REGISTRATION": "open", **settings})


class Console:
    """The browser's complaints. Those that the test does not expect fail it."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._expected: list[str] = []

    def expect(self, *words: str) -> None:
        """Expect complaints that hold any of these words, such as "status of 400"."""
        self._expected += words

    def watch(self, context: BrowserContext) -> None:
        """Listen to all pages of the context."""
        context.on("console", self._note)
        context.on("weberror", lambda error: self._said.append(f"uncaught: {error.error}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self._said.append(f"{message.type}: {message.text} ({message.location['url']})")

    def complaints(self) -> list[str]:
        """Return the complaints that the test did not expect."""
        return [said for said in self._said if not any(words in said for words in self._expected)]


@pytest.fixture
def console() -> Iterator[Console]:
    """The browser's complaints: scripts' errors, blocked content, failed requests."""
    console = Console()
    yield console
    assert console.complaints() == []


Profile = Callable[..., BrowserContext]


@pytest.fixture
def profile(browser: Browser, console: Console) -> Iterator[Profile]:
    """Return a function that makes a fresh browser profile."""
    contexts: list[BrowserContext] = []

    def profile(**options: Any) -> BrowserContext:
        context = browser.new_context(locale="en-GB", timezone_id="Europe/London", **options)
        context.set_default_timeout(TIMEOUT)
        console.watch(context)
        contexts.append(context)
        return context

    yield profile
    for context in contexts:
        context.close()


@pytest.fixture
def page(profile: Profile, live_server: Server) -> Iterator[Page]:
    """A page of a fresh profile, gone before its server is."""
    context = profile(base_url=live_server.url, ignore_https_errors=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def cdp(page: Page) -> CDPSession:
    """The page's DevTools, with virtual authenticators in place of real ones."""
    page.add_init_script(NOTE_CEREMONIES)
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    return session


@pytest.fixture
def authenticator(cdp: CDPSession) -> VirtualAuthenticator:
    """The device that the page runs on."""
    return VirtualAuthenticator(cdp)


@pytest.fixture
def person(page: Page, live_server: Server) -> Person:
    """Somebody with a new account on the usual server, signed in."""
    return Person(page, live_server).register()


@pytest.fixture
def owner(person: Person, authenticator: VirtualAuthenticator) -> Person:
    """Somebody with a passkey, signed out."""
    person.add_passkey()
    person.sign_out()
    return person
