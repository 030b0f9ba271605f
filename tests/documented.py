"""Compare answers with the OpenAPI document: what it does not describe is a fault."""

import json
from typing import Any

import jsonschema_rs
from flask import Flask
from werkzeug.test import TestResponse

from tests.people import Person

Json = dict[str, Any]


class Documented:
    """The document of an app, and which of its answers have been seen."""

    def __init__(self, app: Flask) -> None:
        self.document: Json = app.test_client().get("/api/openapi.json").get_json()
        self.seen: set[tuple[str, int]] = set()
        self._validators: dict[tuple[str, bool], Any] = {}
        self._urls = app.url_map.bind("localhost")

    @staticmethod
    def path(rule: str) -> str:
        """Return a route as OpenAPI spells it."""
        return rule.replace("<", "{").replace(">", "}")

    def operations(self) -> list[tuple[str, str, Json]]:
        """Return every (path, method, operation)."""
        return [
            (path, method, each)
            for path, item in self.document["paths"].items()
            for method, each in item.items()
        ]

    def check(self, answer: TestResponse) -> TestResponse:
        """Assert that the answer is documented for its route, and return it."""
        # Clerk's SDK sends PATCH and DELETE in the query.
        method = answer.request.args.get("_method", answer.request.method)
        rule, _ = self._urls.match(answer.request.path, method, return_rule=True)
        path, verb = self.path(rule.rule), method.lower()
        faults = self.faults(path, verb, answer)
        assert faults == [], f"{verb} {path}: {faults} {answer.text[:500]}"
        self.seen.add((self.document["paths"][path][verb]["operationId"], answer.status_code))
        return answer

    def faults(self, path: str, method: str, answer: TestResponse) -> list[str]:
        """Return the faults of an answer of this operation."""
        response = self.document["paths"][path][method]["responses"].get(str(answer.status_code))
        if response is None:
            return [f"status {answer.status_code} is not documented"]
        if answer.mimetype not in response["content"]:
            return [f"{answer.mimetype} is not documented"]
        headers = response.get("headers", {})
        required = [name for name, each in headers.items() if each.get("required")]
        found = [f"{name} is missing" for name in required if name not in answer.headers]
        if answer.mimetype == "application/json":
            schema = response["content"]["application/json"]["schema"]
            found += self.invalid(schema, answer.json, strictly=True)
        return found

    def invalid(self, schema: Json, value: Any, *, strictly: bool = False) -> list[str]:
        """Return the faults of a value; `strictly`: undocumented members count, too."""
        text = json.dumps(schema)
        if (text, strictly) not in self._validators:
            components = self.document["components"]
            whole = schema | {"components": closed(components) if strictly else components}
            self._validators[text, strictly] = jsonschema_rs.validator_for(whole)
        faults = self._validators[text, strictly].iter_errors(value)
        paths = [("/".join(map(str, each.instance_path)), each.message) for each in faults]
        return [f"{path}: {message}"[:300] for path, message in paths]


def closed(schema: Any) -> Any:
    """Return the schema, but forbidding members that its `properties` do not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(each) for name, each in schema.items()}
    if isinstance(schema.get("properties"), dict):
        return {"additionalProperties": False} | inner
    return inner


class Watched(Person):
    """A person whose every answer has to be documented."""

    def __init__(
        self, documented: Documented, app: Flask, username: str, **authenticator: Any
    ) -> None:
        super().__init__(app, username, **authenticator)
        self.documented = documented

    def call(self, *args: Any, **options: Any) -> TestResponse:
        return self.documented.check(super().call(*args, **options))
