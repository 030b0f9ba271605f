"""The OpenAPI 3.1 document: the app's routes, its schemas, and what each dialect says of its views."""

import re
from collections.abc import Callable
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import Rule

from app.clerk import openapi as clerk
from app.openapi import pages
from app.openapi.errors import raised, responses
from app.openapi.operation import Answered, Operation
from app.openapi.shapes import Answer
from app.version import __version__
from app.zipline import openapi as zipline

Json = dict[str, Any]

_DIALECTS: tuple[Any, ...] = (zipline, clerk, pages)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")  # HEAD and OPTIONS are answered everywhere
_SECURITY_SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "passline_session",
        "description": "What a sign-in sets.",
    },
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The API token, bare.",
    },
    "client": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The session's token, bare, with `_is_native=1` in the query.",
    },
}
_INFO = (
    "Passkey sign-in and MFA that people can host themselves. A request that changes something and comes from a browser"
    " has to come from one of this service's own or configured origins. Where a rate is limited, `x-ratelimit-limit`,"
    " `x-ratelimit-remaining` and `x-ratelimit-reset` say how far."
)


def build(app: Flask) -> Json:
    """Describe every route of `app` but the static files; `servers` is left to who sends it."""
    spec = APISpec(
        title="Passline",
        version=__version__,
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=_schema_name)],
        info={"description": _INFO, "license": {"name": "MIT", "identifier": "MIT"}},
    )
    for name, scheme in _SECURITY_SCHEMES.items():
        spec.components.security_scheme(name, scheme)
    tags = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint != "static":
            dialect, operation = _described(rule.endpoint)
            tags += [dialect.TAG] if dialect.TAG not in tags else []
            _add(spec, app, rule, dialect, operation)
    for tag in sorted(tags, key=lambda tag: [each.TAG for each in _DIALECTS].index(tag)):
        spec.tag(tag)
    return spec.to_dict()


def _schema_name(schema: Any) -> str:
    made: Any = resolve_schema_cls(schema)
    name, module = str(made.__name__), str(made.__module__)
    dialect = next((each for each in ("Zipline", "Clerk") if f".{each.lower()}." in module), "")
    return name if issubclass(made, Answer) else f"{dialect}{name}Body"


def _described(endpoint: str) -> tuple[Any, Operation]:
    """Find the dialect and what it says of the view; KeyError where nothing is said, which a test would find."""
    dialect = next(each for each in _DIALECTS if endpoint.startswith(each.PREFIX))
    return dialect, dialect.OPERATIONS[endpoint.removeprefix(dialect.PREFIX)]


def _add(spec: APISpec, app: Flask, rule: Rule, dialect: Any, operation: Operation) -> None:
    path = re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule)
    view = app.view_functions[rule.endpoint]
    alone = (
        len([each for each in app.url_map.iter_rules(rule.endpoint) for _ in _methods(each)]) == 1
    )
    for method in _methods(rule):
        summary, _, more = " ".join((view.__doc__ or "").split()).partition(". ")
        described: Json = {
            "operationId": _identifier(rule, "" if alone else method),
            "tags": [dialect.TAG["name"]],
            "summary": summary.rstrip("."),
            "parameters": list(operation.parameters),
            "responses": _responses(app, path, method, view, operation),
        }
        described |= {"description": more} if more else {}
        described |= {"security": dialect.SECURITY} if operation.signed_in else {}
        described |= {"requestBody": _body(view, operation)} if hasattr(view, "body_schema") else {}
        spec.path(path=path, operations={method.lower(): described})


def _methods(rule: Rule) -> list[str]:
    return [method for method in _METHODS if method in (rule.methods or ())]


def _identifier(rule: Rule, method: str) -> str:
    """Name an operation: by its view, and where that has several routes by method and last part of the path."""
    name = rule.endpoint.replace(".", "_")
    return f"{name}_{method.lower()}_{re.findall(r'[a-z_]+', rule.rule)[-1]}" if method else name


def _body(view: Callable[..., Any], operation: Operation) -> Json:
    schema = view.body_schema  # type: ignore[attr-defined]  # left there by takes()
    types = ["application/json"]
    if view.body_may_be_form:  # type: ignore[attr-defined]
        types.insert(0, "application/x-www-form-urlencoded")
    needed = len(types) == 1 or any(field.required for field in schema.fields.values())
    content = {name: {"schema": schema, "example": operation.sends} for name in types}
    return {"required": needed, "content": content}


def _responses(
    app: Flask, path: str, method: str, view: Callable[..., Any], operation: Operation
) -> Json:
    found = {str(status): _answered(status, each) for status, each in operation.answers.items()}
    for status, response in responses(
        app, path, method, raised(path, method, view, operation)
    ).items():
        found.setdefault(status, response)
    return dict(sorted(found.items()))


def _answered(status: int, answer: Answered) -> Json:
    schema: Any = answer.schema or {"type": "string"}
    response: Json = {
        "description": answer.words or HTTP_STATUS_CODES[status],
        "content": {
            name: {"schema": schema, "example": answer.example} for name in answer.media_types
        },
    }
    if answer.headers:
        headers = {
            name: {"description": words, "schema": {"type": "string"}}
            for name, words in answer.headers.items()
        }
        response["headers"] = headers
    return response
