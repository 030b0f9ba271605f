"""How errors reach Zipline's clients: ours, Flask's, and those of unreadable bodies."""

import io
import json
import re
from typing import Any

import pytest
from flask import Flask

from app import errors
from app.errors import AppError
from app.storage.models import Passkey, User
from app.zipline.errors import CODES
from tests.conftest import MakeApp
from tests.zipline.people import PASSKEY, PASSWORD, Person
from tests.zipline.test_passkeys import refusal

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

JSON = {"content_type": "application/json"}
LARGEST = 64 * 1024
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def test_a_refusal_has_the_three_members_of_zipline(stranger: Person) -> None:
    body = stranger.get("/api/user").json or {}
    assert list(body) == ["error", "code", "statusCode"]
    assert body == {"error": "E2000: You are not signed in.", "code": 2000, "statusCode": 401}


def test_a_schema_failure_names_the_field_and_lists_every_issue(stranger: Person) -> None:
    body = stranger.post("/api/auth/login", {}).json or {}
    assert list(body) == ["error", "code", "statusCode", "issues"]
    assert re.match(r"E1000: username: .+; password: .+", body["error"])
    assert [issue["path"] for issue in body["issues"]] == [["username"], ["password"]]


@pytest.mark.parametrize(
    "error", [each for each in CODES if each is not errors.Throttled], ids=lambda e: e.__name__
)
def test_every_error_reaches_a_client_in_its_form(app: Flask, error: type[AppError]) -> None:
    def refuse() -> None:
        raise error()

    app.add_url_rule("/api/refuse", view_func=refuse)
    answer = app.test_client().get("/api/refuse")
    body = answer.json or {}
    assert (answer.status_code, body["statusCode"]) == (error.status, error.status)
    assert body.get("code") == CODES[error]
    assert body["error"].startswith(f"E{CODES[error]}: ") == (CODES[error] is not None)


@pytest.mark.parametrize("path", ["/api/nothing", "/api/user/nothing", "/api/", "/api"])
@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_route_is_404_in_zipline_s_form_for_every_method(
    ada: Person, method: str, path: str
) -> None:
    answer = ada.call(method, path)
    body = {**(answer.json or {}), "message": ""}
    assert answer.status_code == 404
    assert body == {"message": "", "error": "Not Found", "statusCode": 404}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/user"),
        ("DELETE", "/api/auth/login"),
        ("GET", "/api/auth/login"),
        ("PUT", PASSKEY),
    ],
)
def test_a_method_that_a_route_lacks_is_405_in_json_and_tells_those_it_has(
    ada: Person, method: str, path: str
) -> None:
    answer = ada.call(method, path)
    assert (answer.status_code, (answer.json or {})["statusCode"]) == (405, 405)
    assert answer.headers["Allow"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"{'a': 1}", b"\xff", b"NaN", b'{"a": 1} x', b'{"a": "\\ud800"}'], ids=repr
)
def test_a_body_that_is_no_json_is_refused(stranger: Person, body: bytes) -> None:
    answer = stranger.post("/api/auth/login", data=body, **JSON)
    assert refusal(answer) == (400, 1000)
    assert (answer.json or {})["error"] == "E1000: The body is not valid JSON."


nestings = pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":[', "]}")], ids=["arrays", "objects"]
)


def nested(depth: int, opening: str, closing: str) -> bytes:
    """Return a sound sign-in with a member beside it that is nested so deep."""
    times = depth // (opening.count("[") + opening.count("{")) - 1
    deep = f"{opening * times}1{closing * times}"
    return f'{{"username": "ada", "password": "{PASSWORD}", "deep": {deep}}}'.encode()


@nestings
@pytest.mark.parametrize("depth", [40, 500, 5_000, 10_000])
def test_a_body_that_is_nested_too_deeply_is_refused(
    ada: Person, depth: int, opening: str, closing: str
) -> None:
    answer = ada.post("/api/auth/login", data=nested(depth, opening, closing), **JSON)
    assert refusal(answer) == (400, 1000)


@nestings
def test_what_browsers_send_is_never_too_deep(ada: Person, opening: str, closing: str) -> None:
    assert ada.post("/api/auth/login", data=nested(30, opening, closing), **JSON).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
def test_a_body_of_another_media_type_is_refused(stranger: Person, content_type: str) -> None:
    body = json.dumps({"username": "eve", "password": PASSWORD})
    answer = stranger.post("/api/auth/login", data=body, content_type=content_type)
    assert answer.status_code == 415
    assert sorted(answer.json or {}) == ["error", "statusCode"]


def test_a_charset_beside_the_media_type_is_fine(ada: Person) -> None:
    body = json.dumps({"username": "ada", "password": PASSWORD})
    answer = ada.post("/api/auth/login", data=body, content_type="application/json; charset=utf-8")
    assert answer.status_code == 200


def padded(size: int) -> bytes:
    bare = json.dumps({"username": "ada", "password": PASSWORD}).encode()
    return bare + b" " * (size - len(bare))


def test_a_body_of_64_kib_is_read(ada: Person) -> None:
    assert ada.post("/api/auth/login", data=padded(LARGEST), **JSON).status_code == 200


@pytest.mark.parametrize("how", ["with-length", "chunked"])
def test_a_body_over_64_kib_is_refused(ada: Person, how: str) -> None:
    body = padded(LARGEST + 1)
    sent: dict[str, Any] = {"data": body}
    if how == "chunked":
        sent = {
            "input_stream": io.BytesIO(body),
            "environ_overrides": {"wsgi.input_terminated": True},
        }
    answer = ada.post("/api/auth/login", **JSON, **sent)
    assert answer.status_code == 413
    assert sorted(answer.json or {}) == ["error", "statusCode"]


def test_an_unexpected_exception_is_500_without_a_trace_of_it(app: Flask) -> None:
    def fail() -> None:
        raise RuntimeError("the secret inside")

    app.add_url_rule("/api/fail", view_func=fail)
    answer = app.test_client().get("/api/fail")
    assert refusal(answer) == (500, 6000)
    assert not re.search("secret|RuntimeError|Traceback|File", answer.text)


def test_an_unexpected_exception_on_a_page_is_an_error_page_without_a_trace_of_it(
    app: Flask,
) -> None:
    def fail() -> None:
        raise RuntimeError("the secret inside")

    app.add_url_rule("/fail", view_func=fail)
    answer = app.test_client().get("/fail")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert not re.search("secret|RuntimeError|Traceback", answer.text)


def test_a_request_of_another_site_is_refused_without_a_number(ada: Person) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    answer = ada.call("PATCH", "/api/user", {"username": "eve"}, headers=elsewhere)
    assert answer.status_code == 403
    assert sorted(answer.json or {}) == ["error", "statusCode"]
    assert "another site" in (answer.json or {})["error"]
    assert ada.get("/api/user").json["user"]["username"] == "ada"  # type: ignore[index]


def test_beyond_a_rate_it_is_429_without_a_number(make_app: MakeApp) -> None:
    person = Person(make_app(RATE_LIMITS="on"), "ada")
    person.browser.environ_base["REMOTE_ADDR"] = "203.0.113.77"  # which no other test has
    answers = [person.post("/api/setup", {}) for _ in range(21)]
    assert answers[-1].status_code == 429
    assert sorted(answers[-1].json or {}) == ["error", "statusCode"]
    assert int(answers[-1].headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda: User.update(disabled_at=1), 1051),
        (lambda: Passkey.update(rp_id="old.example"), 1051),
        (lambda: Passkey.update(backup_eligible=True), 1051),
        (lambda: Passkey.delete(), 1052),
    ],
    ids=["disabled", "of another RP id", "with its eligibility changed", "deleted"],
)
def test_only_a_passkey_that_nobody_has_is_unknown(ada: Person, change: Any, code: int) -> None:
    ada.add_passkey()
    change().execute()
    assert refusal(ada.sign_in()) == (400, code)
