"""People who use the service through a browser: a cookie jar, an authenticator, and the calls that clients make."""

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.authenticator import Authenticator

ORIGIN = "http://localhost:8000"
PASSWORD = "correct horse battery staple"  # nothing is guarded by it
PASSKEY = "/api/user/mfa/passkey"


class Person:
    """Somebody with a name, a password, a browser and an authenticator."""

    def __init__(self, app: Flask, username: str, **authenticator: Any) -> None:
        self.app = app
        self.username = username
        self.password = PASSWORD
        self.browser = app.test_client()
        self.authenticator = Authenticator(**authenticator)

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        """Make a request as a browser's page would."""
        headers = {"Sec-Fetch-Site": "same-origin", **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        return self.browser.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        """GET."""
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        """POST JSON."""
        return self.call("POST", path, body, **options)

    def set_up(self) -> "Person":
        """Make the first account."""
        answer = self.post("/api/setup", {"username": self.username, "password": self.password})
        assert answer.status_code == 200, answer.text
        return self

    def added_by_hand(self) -> "Person":
        """Make an account as an administrator's invite would, whatever REGISTRATION is, and sign in."""
        from app.core import accounts
        from app.core.caller import Caller

        with self.app.test_request_context():
            newcomer = accounts.Newcomer(self.username, self.password)
            service = self.app.extensions["passline"]
            accounts._create(
                newcomer, code=None, only_first=False, caller=Caller("", ""), service=service
            )
        assert self.log_in().status_code == 200
        return self

    def log_in(self, password: str | None = None, **options: Any) -> TestResponse:
        """Sign in by password."""
        body = {"username": self.username, "password": password or self.password}
        return self.post("/api/auth/login", body, **options)

    def log_out(self) -> TestResponse:
        """Sign out."""
        return self.post("/api/auth/logout")

    def creation_options(self) -> dict[str, Any]:
        """Begin a registration."""
        answer = self.get(f"{PASSKEY}/options")
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def add_passkey(
        self, name: str = "Laptop", *, member: str = "response", **changes: Any
    ) -> TestResponse:
        """Run a whole registration; `changes` corrupt the authenticator's response."""
        credential = self.authenticator.create(self.creation_options(), origin=ORIGIN, **changes)
        return self.post(PASSKEY, {member: credential, "name": name})

    def request_options(self) -> dict[str, Any]:
        """Begin a sign-in."""
        answer = self.get("/api/auth/webauthn/options")
        assert answer.status_code == 200, answer.text
        return dict((answer.json or {})["options"])

    def sign_in(self, *, member: str = "response", **changes: Any) -> TestResponse:
        """Run a whole sign-in by passkey; `changes` corrupt the authenticator's response."""
        assertion = self.authenticator.get(self.request_options(), origin=ORIGIN, **changes)
        return self.post("/api/auth/webauthn", {member: assertion})

    def passkeys(self) -> list[dict[str, Any]]:
        """List the passkeys."""
        return list(self.get(PASSKEY).json or [])

    def signed_in(self) -> bool:
        """Say whether the browser has a session that is in force."""
        return self.get("/api/user").status_code == 200
