"""The OpenAPI document: every route is in it and no other.

Every example is valid by its own schema.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask

from tests.conftest import MakeApp
from tests.documented import Documented, Json
from tests.live import ROOT

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ELSEWHERE = {"HEAD", "OPTIONS"}


@pytest.fixture
def everything(make_app: MakeApp) -> Flask:
    """An app with every route that settings can switch on."""
    settings = {"METRICS": "0123456789abcdef", "RELATED_ORIGINS": "https://example.org"}
    return make_app(CLERK="development", **settings)


@pytest.fixture
def documented(everything: Flask) -> Documented:
    return Documented(everything)


def routes(app: Flask) -> set[tuple[str, str]]:
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            methods = (rule.methods or set()) - ELSEWHERE
            found |= {(Documented.path(rule.rule), method) for method in methods}
    return found


@pytest.mark.parametrize(
    "settings",
    [
        {"METRICS": "127.0.0.1"},
        {"RELATED_ORIGINS": "https://example.org"},
        {"CLERK": "off"},
        {"CLERK": "development"},
    ],
    ids=str,
)
def test_every_route_is_in_the_document_and_no_other(
    make_app: MakeApp, settings: dict[str, str]
) -> None:
    app = make_app(**settings)
    described = {(path, method.upper()) for path, method, _ in Documented(app).operations()}
    assert described == routes(app)


def test_every_view_documents_itself(everything: Flask) -> None:
    views = {name: view for name, view in everything.view_functions.items() if name != "static"}
    assert [name for name, view in views.items() if not hasattr(view, "operation")] == []


def test_the_document_is_openapi_3_1(documented: Documented) -> None:
    assert documented.document["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(documented.document).validate()


def test_every_operation_says_what_it_does_and_what_it_answers(documented: Documented) -> None:
    names = [each["operationId"] for _, _, each in documented.operations()]
    assert len(names) == len(set(names))
    for path, _, each in documented.operations():
        assert each["summary"], path
        assert each["tags"][0] in {tag["name"] for tag in documented.document["tags"]}
        assert any(status < "400" for status in each["responses"])
        assert "500" in each["responses"]


def contents(operation: Json) -> Iterator[Json]:
    for each in [operation.get("requestBody", {}), *operation["responses"].values()]:
        yield from each.get("content", {}).values()


def examples(document: Json, content: Json) -> list[Any]:
    named = document["components"]["examples"]
    shown = [each["$ref"].rpartition("/")[2] for each in content.get("examples", {}).values()]
    several = [named[name]["value"] for name in shown]
    return several + ([content["example"]] if "example" in content else [])


def test_no_example_of_an_error_stands_there_twice(documented: Documented) -> None:
    every = list(documented.document["components"]["examples"].values())
    assert all(each not in every[:number] for number, each in enumerate(every))


def test_everything_has_an_example_that_its_own_schema_accepts(documented: Documented) -> None:
    for path, method, operation in documented.operations():
        name = f"{method} {path}"
        for response in operation["responses"].values():
            assert response["content"], name
        for content in contents(operation):
            assert examples(documented.document, content), name
            for example in examples(documented.document, content):
                faults = documented.invalid(content["schema"], example, strictly=True)
                assert faults == [], name


def test_every_example_of_a_body_is_accepted_by_the_schema_that_validates(
    everything: Flask,
) -> None:
    bodies = 0
    for endpoint, view in everything.view_functions.items():
        if hasattr(view, "body_schema"):
            assert view.body_schema.validate(view.body_example) == {}, endpoint
            bodies += 1
    assert bodies >= 7


def test_who_needs_a_sign_in_is_refused_without_one_and_nobody_else(
    documented: Documented, everything: Flask
) -> None:
    for path, method, operation in documented.operations():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        plain, body = path.replace("{", "").replace("}", ""), content.get("example")
        answer = everything.test_client().open(plain, method=method.upper(), json=body)
        refused, guarded = answer.status_code == 401, "security" in operation
        assert refused == guarded, f"{method} {path}: {answer.text}"


def test_the_document_says_where_the_service_lives_below_a_prefix(make_app: MakeApp) -> None:
    browser = make_app(URL_PREFIX="/auth").test_client()
    assert (browser.get("/auth/api/openapi.json").json or {})["servers"] == [{"url": "/auth"}]


def test_it_is_made_once_and_the_same_in_every_worker(make_app: MakeApp) -> None:
    first = make_app()
    browser = first.test_client()
    document = browser.get("/api/openapi.json").data
    kept = dict(first.extensions["passline.docs"])
    assert browser.get("/api/openapi.json").data == document
    assert all(first.extensions["passline.docs"][key] is value for key, value in kept.items())
    assert make_app().test_client().get("/api/openapi.json").data == document


def test_a_forwarded_prefix_is_kept_nowhere_and_displaces_nothing(make_app: MakeApp) -> None:
    app = make_app(TRUSTED_PROXIES="127.0.0.1")
    browser = app.test_client()
    for path in ("/api/openapi.json", "/docs", "/docs/account"):
        browser.get(path)
    kept = dict(app.extensions["passline.docs"])
    for number in range(20):
        headers = {"X-Forwarded-Prefix": f"/p{number}"}
        document = browser.get("/api/openapi.json", headers=headers).json or {}
        assert document["servers"] == [{"url": f"/p{number}"}]
        for path in ("/docs", "/docs/account"):
            assert f'href="/p{number}/' in browser.get(path, headers=headers).text
    assert app.extensions["passline.docs"] == kept
    assert all(app.extensions["passline.docs"][key] is value for key, value in kept.items())


def test_ever_new_prefixes_cost_next_to_nothing(make_app: MakeApp) -> None:
    browser = make_app(TRUSTED_PROXIES="127.0.0.1").test_client()
    paths = ("/api/openapi.json", "/docs", "/docs/account")
    for path in paths:
        browser.get(path)
    begun = time.thread_time()
    for number in range(20):
        for path in paths:
            browser.get(path, headers={"X-Forwarded-Prefix": f"/p{number}"})
    assert time.thread_time() - begun < 20 * len(paths) * 0.02  # it was 0.1 to 0.3 s each


@pytest.mark.slow
def test_a_start_does_not_load_what_only_the_document_needs(database_url: str) -> None:
    loaded = "{'apispec', 'app.openapi.document', 'app.openapi.page'} & set(sys.modules)"
    program = f"import sys, app; app.create_app(); print(bool({loaded}))"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
