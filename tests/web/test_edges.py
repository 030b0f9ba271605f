"""Which edge answers for a path, and what a path that belongs to none answers."""

from typing import Any

import pytest
from flask import Blueprint, Flask, Response

from app.errors import AppError, InvalidInput, Throttled
from app.web import edges
from app.web.edges import Edge, nearest
from tests.conftest import COMPILE_BUILDER
from tests.people import Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/.well-known/nothing", "/.well-known/", "/.well-known"])
def test_an_unknown_well_known_path_is_a_404_of_no_dialect(
    app: Flask, path: str, method: str
) -> None:
    answer = Person(app, "ada").call(method, path)
    assert answer.status_code == 404
    assert answer.mimetype == "application/json"
    assert set(answer.json or {}) == {"error", "message"}
    assert (answer.json or {})["error"] == "not_found"


def test_a_path_of_nobody_is_a_page(app: Flask) -> None:
    answer = app.test_client().get("/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_our_own_api_answers_in_json_with_our_words(ada: Person) -> None:
    for path, method, status, word in (
        ("/account/api/nothing", "GET", 404, "not_found"),
        ("/account/api", "GET", 404, "not_found"),
        ("/account/api/passkeys", "PUT", 405, "method_not_allowed"),
        ("/account/api/setup", "POST", 415, "unsupported_media_type"),
    ):
        answer = ada.call(method, path)
        assert (answer.status_code, (answer.json or {})["error"]) == (status, word), path
    assert "GET" in ada.call("PUT", "/account/api/passkeys").headers["Allow"]


def test_a_faulty_field_is_named(app: Flask) -> None:
    answer = Person(app, "ada").post("/account/api/setup", {"username": 7})
    fields = (answer.json or {})["fields"]
    assert (answer.status_code, set(fields)) == (400, {"username", "password"})


def test_an_edge_that_joins_spells_its_own_errors_and_nobody_elses(app: Flask) -> None:
    def spell(error: Any) -> Response:
        return Response(f"nay: {getattr(error, 'code', '')}", status=418)

    blueprint = Blueprint("newcomer", __name__, url_prefix="/newcomer")

    @blueprint.get("/throttled")
    def throttled() -> None:
        raise Throttled(7)

    @blueprint.get("/change")
    def change() -> str:
        return "changed"

    edge = Edge(
        blueprint=blueprint,
        prefixes=("/newcomer",),
        spell=spell,
        tag={"name": "Newcomer", "description": "A dialect that nobody has heard of."},
        changing_gets=frozenset({"/newcomer/change"}),
    )
    edges.register(app, edge)
    client = app.test_client()
    answer = client.get("/newcomer/throttled")
    assert (answer.status_code, answer.text) == (418, "nay: throttled")
    assert answer.headers["Retry-After"] == "7"  # whatever the spelling
    assert client.get("/newcomer/nothing").status_code == 418
    assert client.get("/newcomers").status_code == 404
    client.set_cookie("passline_session", "x")
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert client.get("/newcomer/change", headers=elsewhere).status_code == 418
    assert client.get("/newcomer/change").text == "changed"


def test_the_nearest_ancestor_spells_an_error_that_a_table_does_not_know(app: Flask) -> None:
    class Odd(InvalidInput):
        pass

    table: dict[type[AppError], str] = {AppError: "any", InvalidInput: "input"}
    assert nearest(table, Odd(x="y")) == "input"
    assert nearest(table, Throttled(1)) == "any"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/account/api/passkeys"),
        ("GET", "/account/api/passkeys/options"),
        ("DELETE", "/account/api/passkeys/x"),
        ("POST", "/account/api/sign-out"),
    ],
)
def test_an_api_token_is_no_session_of_our_pages(ada: Person, method: str, path: str) -> None:
    token = ada.api_token()
    answer = Person(ada.app, "x").call(method, path, headers={"Authorization": token})
    assert (answer.status_code, (answer.json or {})["error"]) == (401, "session_required")
    assert ada.signed_in()


def test_the_shared_builders_of_the_tests_build_what_werkzeugs_own_do(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        values = dict.fromkeys(rule.arguments, "1")
        own = COMPILE_BUILDER(rule).__get__(rule, None)
        assert rule.build({**values, "q": "a b"}) == own(**values, q="a b")
