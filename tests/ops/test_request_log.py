"""Log lines describe their request: its id, route, user and duration.

They hold no secret, whatever a stranger sends.
"""

import json
import re
from typing import Any

import pytest

from tests.conftest import MakeApp
from tests.ops.gunicorn import running
from tests.people import PASSWORD, Person

TOKEN = "a-token-that-only-prometheus-knows"
PROXY = {"REMOTE_ADDR": "127.0.0.1"}


def lines(capsys: pytest.CaptureFixture[str], **wanted: Any) -> list[dict[str, Any]]:
    """Return the lines of the log so far that hold what is wanted."""
    log = capsys.readouterr().err.splitlines()
    found = [json.loads(line) for line in log if line.startswith("{")]
    return [line for line in found if wanted.items() <= line.items()]


def test_a_request_has_no_line_unless_that_is_wanted(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(LOG_FORMAT="json", LOG_LEVEL="info")
    app.test_client().get("/healthz")
    assert lines(capsys) == []
    make_app(LOG_FORMAT="json", LOG_REQUESTS="on", LOG_LEVEL="info").test_client().get("/healthz")
    [line] = lines(capsys)
    assert re.fullmatch(r"[0-9a-f]{16}", line.pop("request_id"))
    assert isinstance(line.pop("duration_ms"), float)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))  # RFC 3339
    assert line == {
        "level": "info", "logger": "passline.request", "message": "request", "method": "GET",
        "route": "/healthz", "status": 200, "address": "127.0.0.1",
    }  # fmt: skip


def test_a_request_s_line_names_the_person_and_the_route_not_the_path(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str], rows: Any
) -> None:
    ada = Person(make_app(LOG_FORMAT="json", LOG_REQUESTS="on"), "ada").set_up()
    ada.get("/account/api/passkeys")
    [(user_id,)] = rows("SELECT id FROM users")
    ada.get("/nothing?code=hidden")
    found = {line.get("route"): line for line in lines(capsys, message="request")}
    assert found["/account/api/passkeys"]["user"] == found["/account/api/setup"]["user"] == user_id
    assert found[None]["status"] == 404
    assert "hidden" not in str(found)


def test_every_line_of_a_request_carries_the_same_id(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(LOG_FORMAT="json", LOG_REQUESTS="on")
    Person(app, "ada").set_up()
    created, signed_in, request = lines(capsys)
    assert (created["message"], request["message"]) == ("account:user:created", "request")
    assert signed_in["message"] == "account:login:succeeded"
    assert created["request_id"] == signed_in["request_id"] == request["request_id"]
    assert created["route"] == request["route"] == "/account/api/setup"


def test_the_text_form_carries_it_too(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    Person(make_app(LOG_REQUESTS="on"), "ada").set_up()
    wanted = (
        r"INFO request request_id=\w{16} method=POST route=/account/api/setup "
        r"status=200 duration_ms=[\d.]+ user=c"
    )
    assert re.search(wanted, capsys.readouterr().err)


@pytest.mark.parametrize("sent", ["0a1b2c3d-trace:7", "a" * 128])
def test_a_trusted_proxy_s_id_is_taken_and_given_back(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str], sent: str
) -> None:
    app = make_app(LOG_FORMAT="json", LOG_REQUESTS="on", TRUSTED_PROXIES="127.0.0.1")
    answer = app.test_client().get("/healthz", headers={"X-Request-Id": sent}, environ_base=PROXY)
    assert answer.headers["X-Request-Id"] == sent
    assert [line["request_id"] for line in lines(capsys)] == [sent]


@pytest.mark.parametrize(
    ("trusted", "sent"),
    [
        ("", "0a1b2c3d"),
        ("10.0.0.1", "0a1b2c3d"),
        *(("127.0.0.1", odd) for odd in ("a" * 129, "a b", "", "a,b", 'a"b', "\xe4", "a=1;")),
    ],
)
def test_anybody_else_s_or_a_strange_one_is_replaced(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str], trusted: str, sent: str
) -> None:
    app = make_app(LOG_FORMAT="json", LOG_REQUESTS="on", TRUSTED_PROXIES=trusted)
    answer = app.test_client().get("/healthz", headers={"X-Request-Id": sent}, environ_base=PROXY)
    given = answer.headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{16}", given)
    assert [line["request_id"] for line in lines(capsys)] == [given]


def test_an_answer_carries_no_id_when_the_request_had_none(make_app: MakeApp) -> None:
    assert "X-Request-Id" not in make_app(LOG_REQUESTS="on").test_client().get("/healthz").headers


def test_a_stranger_cannot_write_lines_of_their_own(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = Person(make_app(LOG_REQUESTS="on"), "ada").set_up()
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://x\u0085INFO forged"}
    ada.post("/account/api/sign-out", headers=elsewhere)
    ada.get("/a%0AINFO%20forged")
    credential = {"response": {"clientDataJSON": "x\nINFO forged"}}
    ada.post("/account/api/sign-in/passkey", {"response": credential})
    log = capsys.readouterr().err
    assert not [line for line in log.splitlines() if not re.match(r"\d{4}-\d\d-\d\d ", line)]


@pytest.mark.slow
@pytest.mark.zipline  # whose API tokens are among them
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_token_reaches_the_log_of_a_real_server(tmp_path: Any, log_format: str) -> None:
    settings = {"LOG_REQUESTS": "on", "LOG_LEVEL": "debug", "LOG_FORMAT": log_format}
    right, wrong = ({"username": "ada", "password": PASSWORD + end} for end in ("", "!"))
    with running(tmp_path, workers=2, METRICS=TOKEN, **settings) as server:
        ada = server.client()
        assert ada.call("POST", "/account/api/setup", right).status == 200
        token = ada.call("GET", "/api/user/token").body["token"]
        secrets = [PASSWORD, TOKEN, token, *ada.cookies.values()]
        server.client().call("GET", "/account/api/passkeys", Authorization=token)
        server.client().call("GET", "/account/api/passkeys", Authorization=token[::-1])
        server.client().call("GET", f"/register?invite={token}")
        server.client().call("GET", "/metrics", Authorization=f"Bearer {TOKEN}")
        server.client().call("POST", "/account/api/sign-in/password", wrong)
        ada.call("POST", "/account/api/passkeys", {"response": ada.attestation(), "name": "Laptop"})
        ada.call("POST", "/account/api/sign-in/passkey", {"response": ada.assertion()})
        secrets += ada.cookies.values()
        assert ada.call("POST", "/account/api/sign-out").status == 200
    log = server.log.read_text()
    assert log.count("/account/api/sign-in/passkey") >= 2
    assert len(set(secrets)) >= 5
    assert not [secret for secret in [*secrets, token[::-1]] if secret and secret[:16] in log]
