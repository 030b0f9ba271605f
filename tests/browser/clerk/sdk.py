"""A page with Clerk's SDK on it, as an application would have it, and what a test does there."""

import base64
import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Response, Route

# The SDK wants a key with a host name in it; with proxyUrl it asks nobody there.
HOST = "passline.localhost"
# A test key of Clerk's own names such a host, and only then has the SDK a token for the browser in the query.
TEST_HOST = "passline-1.clerk.accounts.dev"
# The SDK refuses WebAuthn where a program drives the browser; its own tests mask that, too.
MASK = "Object.defineProperty(Navigator.prototype, 'webdriver', {get: () => false})"


def key(kind: str = "live", host: str = HOST) -> str:
    """Make a publishable key."""
    return f"pk_{kind}_" + base64.b64encode(f"{host}$".encode()).decode()


def html(proxy_url: str, publishable_key: str) -> str:
    """Make a page on which the SDK has nothing but its key and proxyUrl."""
    attributes = (
        f'data-clerk-publishable-key="{publishable_key}" data-clerk-proxy-url="{proxy_url}"'
    )
    script = f'<script src="/sdk/clerk.browser.js" {attributes}></script>'
    return f'<!doctype html><title>An application</title><link rel="icon" href="data:,">{script}'


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def files(folder: Path, port: int) -> Iterator[None]:
    """Serve a folder on this port of localhost."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", port), functools.partial(_Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


def put_on_this_origin(page: Page, origin: str, folder: Path) -> None:
    """Let the page and the SDK's files be found on Passline's own origin."""

    def answer(route: Route) -> None:
        route.fulfill(path=folder / route.request.url.removeprefix(f"{origin}/").partition("?")[0])

    page.route(f"{origin}/app.html*", answer)
    page.route(f"{origin}/sdk/*", answer)


class Application:
    """An application's page with the SDK, loaded."""

    def __init__(self, page: Page, url: str, passline: str) -> None:
        self.page = page
        self.url = url
        self.passline = passline
        self.refused: list[
            str
        ] = []  # the calls that the SDK made and Passline did not answer with success
        self.calls: list[str] = []
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        path = response.url.removeprefix(self.passline).partition("?")[0]
        if path.startswith("/v1/"):
            self.calls.append(f"{response.request.method} {path}")
            if response.status >= 400:
                self.refused.append(f"{response.status} {response.request.method} {response.url}")

    def open(self) -> "Application":
        """Load the page anew, and the SDK on it."""
        self.page.goto(self.url)
        self.page.evaluate("Clerk.load()")
        assert self.run("Clerk.status") == "ready"
        return self

    def run(self, expression: str, argument: Any = None) -> Any:
        """Evaluate an expression, in which `it` is the argument; what it is a promise of."""
        return self.page.evaluate(f"async it => ({expression})", argument)

    def sign_in(self, username: str, password: str) -> None:
        """Sign in by the SDK with a password."""
        self.run(
            "Clerk.client.signIn.create({strategy: 'password', identifier: it[0], password: it[1]})"
            ".then(done => Clerk.setActive({session: done.createdSessionId}))",
            [username, password],
        )
        assert self.run("Clerk.user.username") == username

    def names(self) -> list[str]:
        """Name the passkeys that the SDK knows."""
        return list(self.run("Clerk.user.passkeys.map(each => each.name)"))
