"""The errors of an operation, as the edges spell them."""

from collections.abc import Iterator
from typing import Any

import orjson
from flask import Flask
from werkzeug.http import HTTP_STATUS_CODES

from app import errors
from app.core.mfa.errors import SecondFactorRequired
from app.describe.operation import Operation
from app.errors import AppError
from app.openapi.schemas import schema_of
from app.web import edges, error_handlers
from app.web.bodies import load

Json = dict[str, Any]

_RETRY_AFTER = {
    "description": "Seconds to wait.",
    "required": True,
    "schema": {"type": "integer"},
}
_PAGE = '<!doctype html>\n<html lang="en"><title>{}</title>…'


def raised(path: str, method: str, view: Any, operation: Operation) -> Iterator[AppError]:
    """Return an example of each error that the view and its decorators may raise."""
    if hasattr(view, "body_schema"):
        yield _invalid(view.body_schema)
        yield errors.MalformedRequest()
        yield errors.BodyTooLarge()
        yield errors.UnsupportedMediaType()
    if operation.signed_in:
        yield errors.NotSignedIn()
        yield errors.SessionInvalid()
        if not getattr(view, "enrolling", False):
            yield SecondFactorRequired()
    if edges.changes(method, path):
        yield errors.CrossSiteRequest()
    if hasattr(view, "rate"):
        yield errors.Throttled(17)
    yield from (error() for error in operation.raises)
    if operation.uses_database:
        yield errors.Unavailable()
    fields = getattr(getattr(view, "body_schema", None), "fields", ())
    if any("password" in name for name in fields):
        yield errors.Busy()
    yield AppError()


def _invalid(schema: Any) -> AppError:
    """Return the schema's error for an empty body.

    If that is valid, return the error for one whose members have the wrong types.
    """
    for body in ({}, dict.fromkeys(schema.fields, 7)):
        try:
            load(schema, body)
        except errors.InvalidInput as error:
            return error
    raise TypeError(f"{schema} refuses nothing")


def responses(app: Flask, path: str, method: str, found: Iterator[AppError]) -> Json:
    """Return OpenAPI's responses: by status, a schema and an example of each error."""
    by_status: Json = {}
    for error in found:
        status, schema, body = _spelled(app, path, method, error)
        named = {"description": HTTP_STATUS_CODES[status], "content": {}}
        response = by_status.setdefault(str(status), named)
        media = response["content"].setdefault(
            "application/json" if schema else "text/html",
            {"schema": schema or {"type": "string"}},
        )
        example = {"summary": error.sentence, "value": body}
        media.setdefault("examples", {})[error.code] = example
        if error.retry_after and schema:
            response["headers"] = {"Retry-After": _RETRY_AFTER}
    return by_status


def _spelled(app: Flask, path: str, method: str, error: AppError) -> tuple[int, Any, Any]:
    """Return the status, the shape and the body of the answer; no shape means HTML."""
    with app.test_request_context(path, method=method):
        answer, edge = error_handlers.spell(error), edges.of_path(path)
    shape = edge.error if edge else None
    if shape is None:
        return answer.status_code, None, _PAGE.format(HTTP_STATUS_CODES[answer.status_code])
    body: Any = orjson.loads(answer.get_data())
    for name, member in shape.members.items():
        if member.random:  # else the document would differ each time
            body[name] = member.value
    return answer.status_code, schema_of(shape), body
