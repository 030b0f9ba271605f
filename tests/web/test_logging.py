"""The log after a full day of use: it tells what happened, and no secret."""

import json
from itertools import chain
from typing import Any

import pytest

from app.core import invites
from tests.authenticator import b64
from tests.conftest import MakeApp
from tests.zipline.people import ORIGIN, PASSKEY, Person

PASSWORD, WRONG, NEXT = "first-secret-phrase", "wrong-secret-phrase", "second-secret-phrase"
# The day goes through everything that Zipline's dialect can do.
pytestmark = pytest.mark.zipline
formats = pytest.mark.parametrize("log_format", ["text", "json"])


class Day:
    """A person's day, and every secret that went over the wire in it."""

    def __init__(self, app: Any) -> None:
        self.person = Person(app, "ada", sign_count=5)
        self.person.password = PASSWORD
        self.secrets = [PASSWORD, WRONG, NEXT]
        app.add_url_rule("/api/fail", view_func=self.fail)

    @staticmethod
    def fail() -> None:
        raise RuntimeError("broken")

    def keep_cookies(self) -> None:
        names = ("passline_session", "webauthn-challenge-id")
        cookies = [self.person.browser.get_cookie(name) for name in names]
        self.secrets += [cookie.value for cookie in cookies if cookie]

    def accounts(self) -> None:
        person = self.person
        person.set_up()
        self.keep_cookies()
        code = invites.create(context=person.context())
        eve = Person(person.app, "eve")
        self.secrets += [code, code[:-1] + "!"]
        for tried in (self.secrets[-1], code, code):
            eve.post("/api/auth/register", {"username": "eve", "password": WRONG, "code": tried})
        person.log_in(WRONG)
        person.log_in()
        broken = f'{{"password": "{WRONG}"'
        person.post("/api/auth/login", data=broken, content_type="application/json")
        person.call("PATCH", "/api/user", {"password": NEXT})
        self.keep_cookies()
        person.call("PATCH", "/api/user", {"username": "eve"})

    def tokens(self) -> None:
        for method in ("GET", "PATCH"):
            self.secrets.append((self.person.call(method, "/api/user/token").json or {})["token"])
        for token in (*self.secrets[-2:], self.secrets[-1][::-1]):
            self.person.get("/api/user", headers={"Authorization": token})
            self.person.get("/api/user", headers={"Authorization": f"Bearer {token}"})

    def ceremonies(self) -> None:
        person = self.person
        changes: list[dict[str, Any]] = [
            {},
            {"rp_id": "evil.example"},
            {"client_data": {"origin": "https://evil.example"}},
            {"signature": lambda _: b"x"},
            {"client_data": {"type": "x"}},
            {"sign_count": 0},
            {"user_handle": b"x"},
        ]
        for change in changes[:3]:
            options = person.creation_options()
            self.secrets.append(options["challenge"])
            response = person.authenticator.create(options, origin=ORIGIN, **change)
            for _ in range(2):
                person.post(PASSKEY, {"response": response, "name": "Laptop"})
        credential = person.authenticator.credentials[0]
        for change in changes:
            options = person.request_options()
            self.secrets.append(options["challenge"])
            self.keep_cookies()
            known = {"origin": ORIGIN, "credential": credential}
            response = person.authenticator.get(options, **known, **change)
            for _ in range(2):
                person.post("/api/auth/webauthn", {"response": response})
            self.keep_cookies()

    def trouble(self) -> None:
        self.person.get("/api/fail")
        self.person.post("/api/auth/logout", headers={"Sec-Fetch-Site": "cross-site"})
        self.person.get("/register", query_string={"invite": self.secrets[0]})
        self.person.log_out()


@pytest.fixture
def day(make_app: MakeApp, log_format: str, capsys: pytest.CaptureFixture[str]) -> tuple[Day, str]:
    """A day that is over, and its log."""
    day = Day(make_app(LOG_FORMAT=log_format, LOG_LEVEL="debug", REGISTRATION="invite"))
    for part in (day.accounts, day.tokens, day.ceremonies, day.trouble):
        part()
    return day, capsys.readouterr().err


@formats
def test_no_secret_is_in_the_log(day: tuple[Day, str]) -> None:
    person, log = day
    forms = ((secret, b64(secret.encode()), secret[:12]) for secret in person.secrets)
    secrets = set(chain.from_iterable(forms))
    assert len(secrets) > 60
    assert not [secret for secret in secrets if secret in log]


@formats
def test_what_happened_is_in_the_log(day: tuple[Day, str]) -> None:
    happened = [
        "account:user:created", "account:login:refused", "account:login:succeeded",
        "account:password:changed", "account:token:changed", "account:passkey:added",
        "refused: challenge_unknown", "refused: sign_in_refused",
        "account:passkey:counter_went_back", "refused: cross_site_request",
        "unexpected error", "service:invite:created",
    ]  # fmt: skip
    assert not [event for event in happened if event not in day[1]]


@pytest.mark.parametrize("log_format", ["json"])
def test_in_json_every_line_is_an_object_with_time_level_and_message(day: tuple[Day, str]) -> None:
    lines = [json.loads(line) for line in day[1].splitlines()]
    assert lines
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)


@pytest.mark.parametrize("log_format", ["json"])
def test_an_unexpected_error_is_logged_with_its_trace_for_the_administrator(
    day: tuple[Day, str],
) -> None:
    entries = map(json.loads, day[1].splitlines())
    [line] = [entry for entry in entries if entry["message"] == "unexpected error"]
    assert "RuntimeError: broken" in line["exception"]
    assert line["route"] == "/api/fail"
