"""The worker finds every request that may hash a password, in whatever field."""

from typing import Any

import pytest
from flask import Flask

from app.web.password_requests import PasswordRequests
from tests.conftest import MakeApp

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ADDRESS = ("192.0.2.7", 1)


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """An app with every route."""
    return make_app(CLERK="development")


def network(app: Flask, line: str, body: str) -> str | None:
    found = PasswordRequests(app, app.extensions["passline"])
    request = f"{line} HTTP/1.1\r\nHost: localhost\r\n\r\n{body}"
    return found.network_of(bytearray(request.encode()), ADDRESS)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/me/change_password", "new_password=x"),
        ("/v1/me/change_password?_clerk_session_id=sess_c1", "current_password=x&new_password=y"),
        ("/v1/client/sessions/sess_c1/verify/attempt_first_factor", "strategy=password&password=x"),
        ("/v1/client/sign_ins/sia_c1/attempt_first_factor", "strategy=password&password=x"),
        ("/v1/client/sign_ins", "identifier=ada&password=x"),
        ("/account/api/password", '{"current_password": "x"}'),
        ("/prefix/api/auth/login", '{"password": "x"}'),
    ],
)
def test_a_password_in_any_field_is_found(app: Flask, path: str, body: str) -> None:
    assert network(app, f"POST {path}", body) == "192.0.2.7"


def test_a_request_without_one_waits_for_nobody(app: Flask) -> None:
    path = "/v1/client/sessions/sess_c1/verify/attempt_first_factor"
    assert network(app, f"POST {path}", "strategy=passkey&public_key_credential=x") is None
    assert network(app, "POST /v1/me/totp", "password=x") is None


def test_every_view_that_takes_a_password_is_found(app: Flask) -> None:
    checked = 0
    for rule in app.url_map.iter_rules():
        view: Any = app.view_functions[rule.endpoint]
        fields = getattr(getattr(view, "body_schema", None), "fields", {})
        if any("password" in name for name in fields):
            path = rule.rule.replace("<", "").replace(">", "")
            assert network(app, f"POST {path}", "password") is not None, path
            checked += 1
    assert checked >= 10
