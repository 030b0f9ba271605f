"""The errors of an operation, spelled by the handlers that would answer with them."""

from collections.abc import Iterator
from typing import Any

from flask import Flask, Response
from werkzeug.http import HTTP_STATUS_CODES

from app import errors
from app.clerk import answers as clerk
from app.errors import AppError
from app.openapi.operation import Operation
from app.openapi.pages import PAGE
from app.web import error_handlers
from app.web.bodies import load
from app.web.csrf import changes
from app.zipline import answers as zipline

Json = dict[str, Any]

_RETRY_AFTER = {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer"}}


def raised(path: str, method: str, view: Any, operation: Operation) -> Iterator[AppError]:
    """Give an example of each error that the view, or what it is made of, may raise."""
    if hasattr(view, "body_schema"):
        yield _invalid(view.body_schema)
        yield from (errors.MalformedRequest(), errors.BodyTooLarge(), errors.UnsupportedMediaType())
    if operation.signed_in:
        yield from (errors.NotSignedIn(), errors.SessionInvalid())
    if changes(method, path):
        yield errors.CrossSiteRequest()
    if hasattr(view, "rate"):
        yield errors.Throttled(17)
    yield from (error() for error in operation.raises)
    if operation.uses_database:
        yield errors.Unavailable()
    yield AppError()


def _invalid(schema: Any) -> AppError:
    """Find what the schema says of an empty body, or, where it takes that, of one with members of wrong types."""
    for body in ({}, dict.fromkeys(schema.fields, 7)):
        try:
            load(schema, body)
        except errors.InvalidInput as error:
            return error
    raise TypeError(f"{schema} refuses nothing")


def responses(app: Flask, path: str, method: str, found: Iterator[AppError]) -> Json:
    """Give OpenAPI's responses: for each status the schema, and an example of each error."""
    by_status: Json = {}
    for error in found:
        status, body = _spelled(app, path, method, error)
        html = isinstance(body, str)
        content = {} if html else {"schema": clerk.Error() if "errors" in body else zipline.Error()}
        response = by_status.setdefault(
            str(status), {"description": HTTP_STATUS_CODES[status], "content": {}}
        )
        media = response["content"].setdefault("text/html" if html else "application/json", content)
        media.setdefault("schema", {"type": "string"})
        media.setdefault("examples", {})[error.code] = {"summary": error.sentence, "value": body}
        if error.retry_after and not html:
            response["headers"] = {"Retry-After": _RETRY_AFTER}
    return by_status


def _spelled(app: Flask, path: str, method: str, error: AppError) -> tuple[int, Any]:
    with app.test_request_context(path, method=method):
        answer = error_handlers.spell(error)
    if not isinstance(answer, Response):
        return answer[1], PAGE.format(title=HTTP_STATUS_CODES[answer[1]])
    body: Any = answer.json
    if "clerk_trace_id" in body:
        body["clerk_trace_id"] = (
            "0123456789abcdef" * 2
        )  # random otherwise: the document would never be the same
    return answer.status_code, body
