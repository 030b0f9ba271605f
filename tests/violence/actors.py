"""People who register passkeys and sign in without pause, and remember the answers."""

import http.client
import json
import threading
import time
from typing import Any, NamedTuple

from tests.live import PASSKEYS, Client

NO_ANSWER = 0
PASSWORD = "correct horse battery"


class Attempt(NamedTuple):
    """A ceremony's second half as it was sent.

    Its label is the passkey's name, or the session's User-Agent.
    """

    kind: str
    label: str
    method: str
    path: str
    body: Any
    browser: Client
    status: int
    at: float

    def send(self) -> int:
        """Send it again, and return the status."""
        return ask(self.browser, self.method, self.path, self.body, self.label)[0]


def ask(
    client: Client, method: str, path: str, body: Any = None, agent: str = "actor"
) -> tuple[int, Any]:
    """Make a request, and return the status and the body.

    The status is 0 when the connection broke before the answer was there.
    """
    try:
        answer = client.call(method, path, body, **{"User-Agent": agent})
    except (OSError, http.client.HTTPException, json.JSONDecodeError):
        return NO_ANSWER, None
    return answer.status, answer.body


class Actor:
    """One person, whose run() is for a thread of its own."""

    def __init__(self, port: int, name: str, *, first: bool = False) -> None:
        self.name, self.client = name, Client(port)
        self.origin = f"http://localhost:{port}"
        self.attempts: list[Attempt] = []
        self.others: list[tuple[float, str, int]] = []  # when, which, and with what status
        path = "/account/api/setup" if first else "/account/api/registration"
        account = {"username": name, "password": PASSWORD}
        assert self.client.call("POST", path, account).status == 200
        self.register()
        assert self.attempts[-1].status == 200

    def run(self, stop: threading.Event) -> None:
        """Register and sign in until `stop` is set."""
        while not stop.is_set():
            self.register()
            for _ in range(3):
                self.sign_in()

    def register(self) -> None:
        """Add a passkey, which the authenticator forgets unless it is acknowledged."""
        options = self._options(self.client, f"{PASSKEYS}/options")
        if options is None:
            return
        credential = self.client.authenticator.create(options, origin=self.origin)
        label = f"{self.name} registers {len(self.attempts)}"
        body = {"response": credential, "name": label}
        self._attempt("registration", label, PASSKEYS, body, self.client)
        if self.attempts[-1].status != 200:
            self.client.authenticator.credentials.pop()

    def sign_in(self) -> None:
        """Sign in by the newest passkey, in a new browser, and go on in that one."""
        browser = Client(self.client.port)
        browser.authenticator = self.client.authenticator
        options = self._options(browser, "/account/api/sign-in/options")
        if options is None:
            return
        assertion = browser.authenticator.get(options, origin=self.origin)
        label = f"{self.name} signs in {len(self.attempts)}"
        path = "/account/api/sign-in/passkey"
        self._attempt("sign-in", label, path, {"response": assertion}, browser)
        if self.attempts[-1].status == 200:
            self.client = browser

    def _options(self, browser: Client, path: str) -> Any:
        status, body = ask(browser, "GET", path)
        self.others.append((time.monotonic(), path, status))
        if status != 200:
            time.sleep(0.02)
        return body["options"] if status == 200 else None

    def _attempt(self, kind: str, label: str, path: str, body: Any, browser: Client) -> None:
        status, _ = ask(browser, "POST", path, body, label)
        now = time.monotonic()
        self.attempts.append(Attempt(kind, label, "POST", path, body, browser, status, now))


class Troupe:
    """Several actors at once, for as long as the `with` block lasts."""

    def __init__(self, port: int, many: int) -> None:
        self.actors = [Actor(port, f"actor{n}", first=n == 0) for n in range(many)]
        self._stop = stop = threading.Event()
        self._threads = [threading.Thread(target=each.run, args=(stop,)) for each in self.actors]

    def __enter__(self) -> "Troupe":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def attempts(self) -> list[Attempt]:
        """Return what all have tried, in the order of their answers."""
        every = [each for actor in self.actors for each in actor.attempts]
        return sorted(every, key=lambda each: each.at)

    def statuses(self) -> list[tuple[float, str, int]]:
        """Return every answer: when it came, what it answered, and its status."""
        others = [each for actor in self.actors for each in actor.others]
        return sorted(others + [(each.at, each.kind, each.status) for each in self.attempts()])
