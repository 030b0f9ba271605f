"""A page with Clerk's SDK, as an application has it, and what a test does there."""

import base64
import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Response, Route

# The SDK wants a key with a host name in it, which it does not use with proxyUrl.
HOST = "passline.localhost"
# Clerk's own test keys name such a host: only then does the SDK put a token for the
# browser in the query.
TEST_HOST = "passline-1.clerk.accounts.dev"
# The SDK refuses WebAuthn where a program drives the browser. Its own tests mask that.
MASK = "Object.defineProperty(Navigator.prototype, 'webdriver', {get: () => false})"


def key(kind: str = "live", host: str = HOST) -> str:
    """Return a publishable key."""
    return f"pk_{kind}_" + base64.b64encode(f"{host}$".encode()).decode()


def html(proxy_url: str, publishable_key: str) -> str:
    """Return a page on which the SDK has nothing but its key and proxyUrl."""
    attributes = f'data-clerk-publishable-key="{publishable_key}"'
    attributes += f' data-clerk-proxy-url="{proxy_url}"'
    script = f'<script src="/sdk/clerk.browser.js" {attributes}></script>'
    return f'<!doctype html><title>An application</title><link rel="icon" href="data:,">{script}'


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Log nothing."""


@contextmanager
def files(folder: Path, port: int) -> Iterator[None]:
    """Serve a folder on this port of localhost."""
    handler = functools.partial(_Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


def put_on_this_origin(page: Page, origin: str, folder: Path) -> None:
    """Serve the page and the SDK's files on Passline's own origin."""

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
        self.load = "Clerk.load()"
        self.username = ""  # of who is to sign in
        self.calls: list[str] = []  # of the SDK to Passline
        self.refused: list[str] = []  # those that were not answered with success
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        path = response.url.removeprefix(self.passline).partition("?")[0]
        if path.startswith("/v1/"):
            self.calls.append(f"{response.request.method} {path}")
            if response.status >= 400:
                self.refused.append(f"{response.status} {response.request.method} {response.url}")

    def open(self) -> "Application":
        """Load the page again, and the SDK on it."""
        self.page.goto(self.url)
        self.page.evaluate(self.load)
        assert self.run("Clerk.status") == "ready"
        return self

    def run(self, expression: str, argument: Any = None) -> Any:
        """Return the value of an expression, in which `it` is the argument.

        A promise is awaited.
        """
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
        """Return the names of the passkeys that the SDK knows."""
        return list(self.run("Clerk.user.passkeys.map(each => each.name)"))
