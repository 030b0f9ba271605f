"""Read the body of a request with a marshmallow schema."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import orjson
from flask import request
from gunicorn.http.errors import ParseException
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema
from werkzeug.exceptions import RequestEntityTooLarge

from app.errors import BodyTooLarge, InvalidInput, MalformedRequest, UnsupportedMediaType

LARGEST = 64 * 1024
_DEEPEST = 32
_MOST_FIELDS = 50
# marshmallow's message for a missing member
MISSING = str(fields.Field.default_error_messages["required"])

View = TypeVar("View", bound=Callable[..., Any])


class Body(Schema):
    """The base of the schemas of bodies: unknown members are dropped."""

    class Meta:
        unknown = EXCLUDE


class OneOf(Body):
    """The base of the schemas of bodies of which exactly one member is sent."""

    fault_at = ""  # the member under which a fault is told

    @validates_schema
    def _exactly_one(self, data: dict[str, Any], **_: Any) -> None:
        if sum(value is not None for value in data.values()) != 1:
            raise ValidationError(f"Send one of: {', '.join(self.fields)}.", self.fault_at)


def text(longest: int = 1024, **rules: Any) -> fields.String:
    """Return a field for a text of at most `longest` characters."""
    return fields.String(
        validate=validate.Length(max=longest, error=f"Use at most {longest} characters."), **rules
    )


def takes(
    schema: Schema, *, example: dict[str, Any], forms: bool = False
) -> Callable[[View], View]:
    """Pass the validated body to the view, as its first argument.

    With `forms` the body may also be form-encoded or empty. `example` is a body for the
    API's documentation.
    """
    read = _read_either if forms else _read_json

    def decorate(view: View) -> View:
        @wraps(view)
        def with_body(*args: Any, **kwargs: Any) -> Any:
            return view(load(schema, read(_raw())), *args, **kwargs)

        with_body.body_schema = schema  # type: ignore[attr-defined]  # for app/openapi
        with_body.body_example = example  # type: ignore[attr-defined]  # likewise
        with_body.body_may_be_form = forms  # type: ignore[attr-defined]  # likewise
        return with_body  # type: ignore[return-value]  # the first argument is filled in

    return decorate


def load(schema: Schema, value: Any) -> Any:
    """Validate a body that was read. Raises `InvalidInput`."""
    if not isinstance(value, dict):
        raise InvalidInput(body="Send a JSON object.")
    try:
        return schema.load(value)
    except ValidationError as error:
        raise InvalidInput(
            **{str(field): _first(fault) for field, fault in error.messages_dict.items()}
        ) from error


def _raw() -> bytes:
    try:
        raw = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise BodyTooLarge from error
    # gunicorn parses the chunks of a body while it is read.
    except (ParseException, OSError) as error:
        raise MalformedRequest("The body cannot be read.", cause=str(error)) from error
    if len(raw) > LARGEST:
        raise BodyTooLarge
    return raw


def _read_either(raw: bytes) -> Any:
    if request.mimetype not in ("application/x-www-form-urlencoded", "") or (
        raw and not request.mimetype
    ):
        return _read_json(raw)
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise MalformedRequest("The form cannot be read.", cause=str(error)) from error
    form = dict(pairs)
    if len(form) != len(pairs):
        twice = next(name for name in form if sum(name == each for each, _ in pairs) > 1)
        raise InvalidInput(**{twice: "Give this field once."})
    return form


def _read_json(raw: bytes) -> Any:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise MalformedRequest(cause=str(error)) from error
    if too_deep(raw, value):
        raise MalformedRequest("The body is nested too deeply.")
    return value


def too_deep(raw: bytes, value: Any) -> bool:
    """Return whether JSON is nested deeper than any client needs; `raw` is its text."""
    # Its depth is at most its number of brackets, so few bodies need the walk.
    return raw.count(b"{") + raw.count(b"[") > _DEEPEST and _deeper_than(value, _DEEPEST)


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [inner for outer in level for inner in _children(outer)]
        if not level:
            return False
    return True


def _children(value: Any) -> Any:
    children = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    return [child for child in children if isinstance(child, dict | list)]


def _first(fault: Any) -> str:
    """Return the first of marshmallow's messages, which are nested like the input."""
    while not isinstance(fault, str):
        fault = next(iter(fault.values() if isinstance(fault, dict) else fault))
    return fault
