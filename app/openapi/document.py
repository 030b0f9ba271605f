"""The OpenAPI 3.1 document, built from the app's routes and the views' own words."""

import re
from collections.abc import Callable
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import Rule

from app.describe.operation import Answered, Operation
from app.openapi.errors import raised, responses
from app.openapi.schemas import Answer, schema_of
from app.version import __version__
from app.web import edges
from app.web.edges import Edge

Json = dict[str, Any]

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")  # HEAD and OPTIONS are answered everywhere
_INFO = (
    "Passkey sign-in and MFA that people can host themselves. A request that changes something"
    " and comes from a browser has to come from one of this service's own or configured origins."
    " Where a rate is limited, `x-ratelimit-limit`, `x-ratelimit-remaining` and"
    " `x-ratelimit-reset` say how far."
)


def build(app: Flask) -> Json:
    """Return the description of every route of `app` except the static files.

    The caller adds `servers`.
    """
    spec = APISpec(
        title="Passline",
        version=__version__,
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=_schema_name)],
        info={"description": _INFO, "license": {"name": "MIT", "identifier": "MIT"}},
    )
    for edge in edges.every():
        for name, scheme in edge.security.items():
            if name not in spec.components.security_schemes:
                spec.components.security_scheme(name, scheme)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint != "static":
            _add(spec, app, rule)
    for edge in edges.every():
        spec.tag(edge.tag)
    return spec.to_dict()


def _schema_name(schema: Any) -> str:
    """Return a schema's name: an answer's is unique, a body's gets its edge's."""
    made: Any = resolve_schema_cls(schema)
    if issubclass(made, Answer):
        return str(made.__name__)
    package, _, rest = str(made.__module__).partition(".")
    edge = rest.partition(".")[0] if package == "app" else ""  # marshmallow's, by from_dict()
    return f"{edge.capitalize()}{made.__name__}Body"


def _add(spec: APISpec, app: Flask, rule: Rule) -> None:
    """Describe a route. Its view must have answers(), which a test checks."""
    path = re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule)
    view: Any = app.view_functions[rule.endpoint]
    edge = edges.of_endpoint(rule.endpoint)
    assert edge is not None  # noqa: S101 - our pages are an edge of every app
    operation = _with_shared(view.operation, edge)  # set by answers()
    methods = [each for own in app.url_map.iter_rules(rule.endpoint) for each in _methods(own)]
    for method in _methods(rule):
        summary, _, more = " ".join((view.__doc__ or "").split()).partition(". ")
        described: Json = {
            "operationId": _identifier(rule, method if len(methods) > 1 else ""),
            "tags": [edge.tag["name"]],
            "summary": summary.rstrip("."),
            "parameters": list(operation.parameters),
            "responses": _responses(app, path, method, view, operation),
        }
        described |= {"description": more} if more else {}
        if operation.signed_in:
            described["security"] = [{name: []} for name in edge.security]
        if hasattr(view, "body_schema"):
            described["requestBody"] = _body(view)
        spec.path(path=path, operations={method.lower(): described})


def _with_shared(operation: Operation, edge: Edge) -> Operation:
    """Return the operation with what all views of its edge share."""
    return operation._replace(
        parameters=(*operation.parameters, *edge.parameters),
        raises=(*operation.raises, *edge.raises),
    )


def _methods(rule: Rule) -> list[str]:
    return [method for method in _METHODS if method in (rule.methods or ())]


def _identifier(rule: Rule, method: str) -> str:
    """Return an operation's id: its view's name.

    If the view has several routes, method and last part of the path are added.
    """
    name = rule.endpoint.replace(".", "_")
    return f"{name}_{method.lower()}_{re.findall(r'[a-z_]+', rule.rule)[-1]}" if method else name


def _body(view: Any) -> Json:
    schema = view.body_schema
    types = ["application/json"]
    if view.body_may_be_form:
        types.insert(0, "application/x-www-form-urlencoded")
    needed = len(types) == 1 or any(field.required for field in schema.fields.values())
    content = {name: {"schema": schema, "example": view.body_example} for name in types}
    return {"required": needed, "content": content}


def _responses(
    app: Flask, path: str, method: str, view: Callable[..., Any], operation: Operation
) -> Json:
    found = {str(each.status): _answered(each) for each in operation.answers}
    for status, response in responses(
        app, path, method, raised(path, method, view, operation)
    ).items():
        found.setdefault(status, response)
    return dict(sorted(found.items()))


def _answered(answer: Answered) -> Json:
    schema: Any = schema_of(answer.shape) if answer.shape else {"type": "string"}
    response: Json = {
        "description": answer.words or HTTP_STATUS_CODES[answer.status],
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
