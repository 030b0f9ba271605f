"""How errors reach Clerk's clients: each has a spelling, and is JSON."""

import pytest
from flask import Flask

from app import errors
from app.clerk.errors import SPELLINGS
from app.core.passkeys import PasskeyUnknown
from app.errors import AppError
from app.web.edges import nearest
from tests.clerk.client import Clerk, refusal
from tests.families import example, family, repeated, unknown
from tests.people import Person


def test_the_table_has_a_line_only_where_an_error_is_spelled_unlike_its_ancestors() -> None:
    assert AppError in SPELLINGS
    assert repeated(SPELLINGS) == []


def test_every_error_is_spelled_as_itself_or_as_one_of_its_family() -> None:
    assert unknown(SPELLINGS) == []


def test_only_who_is_nobody_gets_401() -> None:
    unauthorized = {error for error in family() if nearest(SPELLINGS, example(error)).status == 401}
    assert unauthorized == {errors.NotSignedIn, errors.SessionInvalid, errors.SessionRequired}


def test_anothers_passkey_and_none_are_spelled_like_any_other_unknown_thing() -> None:
    assert SPELLINGS[PasskeyUnknown] == ("resource_not_found", 404, "")


sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@sqlite
@pytest.mark.parametrize("error", family(), ids=lambda each: each.__name__)
def test_every_error_reaches_a_client_in_its_form(app: Flask, error: type[AppError]) -> None:
    def refuse() -> None:
        raise example(error)

    app.add_url_rule("/v1/refuse", view_func=refuse)
    answer = app.test_client().get("/v1/refuse")
    spelling = nearest(SPELLINGS, example(error))
    assert refusal(answer) == (spelling.status, spelling.code)
    named = (answer.json or {})["errors"][0]["meta"].get("param_name", "")
    assert named in (spelling.parameter, "x")
    assert ("Retry-After" in answer.headers) == (spelling.status in (429, 503))


@sqlite
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/", "/v1", "/v1/me/passkeys/idn_x/y"])
def test_an_unknown_route_is_404_in_json(adas: Clerk, method: str, path: str) -> None:
    assert refusal(adas.person.call(method, path)) == (404, "resource_not_found")


@sqlite
@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/v1/me/passkeys"), ("POST", "/v1/me"), ("GET", "/v1/dev_browser")]
)
def test_a_method_that_a_route_lacks_is_405_in_json(adas: Clerk, method: str, path: str) -> None:
    answer = adas.person.call(method, path)
    assert refusal(answer) == (405, "method_not_allowed")
    assert answer.headers["Allow"]


@sqlite
def test_an_unexpected_exception_is_500_without_a_trace_of_it(app: Flask) -> None:
    def fail() -> None:
        raise RuntimeError("the secret inside")

    app.add_url_rule("/v1/fail", view_func=fail)
    answer = app.test_client().get("/v1/fail")
    assert refusal(answer) == (500, "internal_clerk_error")
    assert "secret" not in answer.text


@sqlite
def test_several_parameters_are_several_errors(app: Flask, ada: Person) -> None:
    answer = ada.post("/v1/me/passkeys/idn_c1/attempt_verification", {"public_key_credential": 5})
    named = [(each["code"], each["meta"]["param_name"]) for each in (answer.json or {})["errors"]]
    assert answer.status_code == 422
    assert sorted(named) == [
        ("form_param_format_invalid", "public_key_credential"),
        ("form_param_missing", "strategy"),
    ]


@sqlite
@pytest.mark.parametrize(
    ("content_type", "status"), [("text/plain", 415), ("multipart/form-data; boundary=x", 415)]
)
def test_a_body_of_another_kind_is_refused_in_json(
    ada: Person, content_type: str, status: int
) -> None:
    path = "/v1/client/sign_ins"
    answer = ada.post(path, data="strategy=passkey", content_type=content_type)
    assert refusal(answer) == (status, "unsupported_content_type")


@sqlite
def test_a_body_that_is_too_large_is_413_in_json(adas: Clerk) -> None:
    answer = adas.ask("POST", "/v1/client/sign_ins", {"identifier": "x" * 70_000})
    assert refusal(answer) == (413, "request_body_too_large")


def test_a_field_of_any_name_is_refused_when_it_comes_twice(ada: Person) -> None:
    form = {"data": "self=a&self=b", "content_type": "application/x-www-form-urlencoded"}
    assert ada.call("POST", "/v1/client/sign_ins", **form).status_code == 422
