"""People who use the service through a browser: cookies, an authenticator, and calls.

They speak the API of our own pages, which every installation has, unlike the dialects.
"""

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app.core import accounts, administration, api_tokens, setup_codes
from app.core.context import Caller, Context
from app.storage.models import Session, User
from app.storage.records import SessionRecord
from app.storage.statements import SESSION_COLUMNS
from tests.authenticator import Authenticator

ORIGIN = "http://localhost:8000"
PASSWORD = "correct horse battery staple"  # it guards nothing
API = "/account/api"
PASSKEYS = f"{API}/passkeys"
SIGN_IN = f"{API}/sign-in/passkey"
BINDING = "passline_ceremony"  # the cookie that binds a sign-in to its browser


class Person:
    """Somebody with a name, a password, a browser and an authenticator."""

    def __init__(self, app: Flask, username: str, **authenticator: Any) -> None:
        self.app = app
        self.username = username
        self.password = PASSWORD
        self.browser = app.test_client()
        self.authenticator = Authenticator(**authenticator)

    def context(self) -> Context:
        """Return what the core is given when this person asks, in the last session."""
        query = Session.select(*SESSION_COLUMNS).join(User).where(User.username == self.username)
        row: Any = query.order_by(Session.created_at.desc()).tuples().first()
        session = SessionRecord._make(row) if row else None
        return Context(self.app.extensions["passline"], Caller("192.0.2.1", "", session))

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        """Make a request as a page in a browser would."""
        headers = {"Sec-Fetch-Site": "same-origin", **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        return self.browser.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        """Make a GET request."""
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        """Make a POST request with a JSON body."""
        return self.call("POST", path, body, **options)

    def set_up(self) -> "Person":
        """Make the first account."""
        answer = self.post(f"{API}/setup", self.founding())
        assert answer.status_code == 200, answer.text
        return self

    def credentials(self) -> dict[str, str]:
        """Return the name and the password, as forms send them."""
        return {"username": self.username, "password": self.password}

    def founding(self) -> dict[str, str]:
        """Return what makes the first account, with a good set-up code."""
        with self.app.app_context():
            return self.credentials() | {"code": setup_codes.issue()}

    def added_by_hand(self) -> "Person":
        """Make an account whatever REGISTRATION is, and sign in."""
        with self.app.test_request_context():
            newcomer = accounts.Newcomer(self.username, self.password)
            accounts._create(newcomer, code=None, only_first=False, context=self.context())
        assert self.log_in().status_code == 200
        return self

    def log_in(self, password: str | None = None, **options: Any) -> TestResponse:
        """Sign in by password."""
        body = self.credentials() | ({"password": password} if password else {})
        return self.post(f"{API}/sign-in/password", body, **options)

    def log_out(self) -> TestResponse:
        """Sign out."""
        return self.post(f"{API}/sign-out")

    def creation_options(self) -> dict[str, Any]:
        """Begin a registration and return its options."""
        answer = self.get(f"{PASSKEYS}/options")
        assert answer.status_code == 200, answer.text
        return dict((answer.json or {})["options"])

    def finish_registration(self, credential: Any, name: str = "Laptop") -> TestResponse:
        """Send what the authenticator made."""
        return self.post(PASSKEYS, {"response": credential, "name": name})

    def add_passkey(self, name: str = "Laptop", **changes: Any) -> TestResponse:
        """Run a whole registration; `changes` corrupt the authenticator's answer."""
        credential = self.authenticator.create(self.creation_options(), origin=ORIGIN, **changes)
        return self.finish_registration(credential, name)

    def request_options(self) -> dict[str, Any]:
        """Begin a sign-in and return its options."""
        answer = self.get(f"{API}/sign-in/options")
        assert answer.status_code == 200, answer.text
        return dict((answer.json or {})["options"])

    def finish_sign_in(self, assertion: Any) -> TestResponse:
        """Send what the authenticator signed."""
        return self.post(SIGN_IN, {"response": assertion})

    def sign_in(self, **changes: Any) -> TestResponse:
        """Run a whole passkey sign-in; `changes` corrupt the authenticator's answer."""
        assertion = self.authenticator.get(self.request_options(), origin=ORIGIN, **changes)
        return self.finish_sign_in(assertion)

    def passkeys(self) -> list[dict[str, Any]]:
        """Return the passkeys."""
        return list((self.get(PASSKEYS).json or {})["passkeys"])

    def rename(self, passkey_id: str, name: Any) -> TestResponse:
        """Rename a passkey."""
        return self.call("PATCH", f"{PASSKEYS}/{passkey_id}", {"name": name})

    def delete(self, passkey_id: str) -> TestResponse:
        """Delete a passkey."""
        return self.call("DELETE", f"{PASSKEYS}/{passkey_id}")

    def api_token(self) -> str:
        """Return the API token."""
        with self.app.app_context():
            owner = administration.find(self.username)
            return api_tokens.read(owner, service=self.context().service)

    def signed_in(self) -> bool:
        """Return whether the browser has a session that is in force."""
        return self.get("/passkeys").status_code == 200
