"""Schemas of answers, written as examples.

They document answers and are tested against real ones, but serialize nothing. What a
client sends is documented from the schemas that validate it.
"""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields

_TYPES = {bool: fields.Boolean, int: fields.Integer, str: fields.String}


class Answer(Schema):
    """The base class: later versions may add members."""

    class Meta:
        unknown = EXCLUDE


def shape(dialect: str, name: str, /, **members: Any) -> type[Schema]:
    """Return a schema, named after its dialect, from an example of every member.

    All members are required. A value may be a str, int, bool or None (always null), a
    shape, a list of one of these, a dict (any object), or a marshmallow field.
    """
    return Answer.from_dict(
        {member: _field(value) for member, value in members.items()}, name=dialect + name
    )


def _field(value: Any) -> fields.Field[Any]:
    if isinstance(value, fields.Field):
        return value
    if isinstance(value, type):
        return fields.Nested(value, required=True)
    if isinstance(value, list):
        return fields.List(
            _field(value[0]) if value else fields.Raw(), required=True, metadata=_given(value)
        )
    if isinstance(value, dict):
        return fields.Dict(required=True, metadata={"examples": [value]})
    if value is None:
        return fields.Raw(
            required=True, allow_none=True, metadata={"enum": [None], "examples": [None]}
        )
    scalar: type[fields.Field[Any]] = _TYPES[type(value)]
    return scalar(required=True, metadata={"examples": [value]})


def _given(value: list[Any]) -> dict[str, Any]:
    return {} if value and isinstance(value[0], type | fields.Field) else {"examples": [value]}


def one_of(*words: str) -> fields.Field[Any]:
    """Return a field that is one of these words."""
    return fields.String(required=True, metadata={"enum": list(words), "examples": [words[0]]})


def time(example: str = "2026-11-22T09:30:00.000Z") -> fields.Field[Any]:
    """Return a field that is a time in ISO 8601, UTC."""
    return fields.String(required=True, metadata={"format": "date-time", "examples": [example]})


def described(value: Any, words: str) -> fields.Field[Any]:
    """Return the field with a description."""
    field = _field(value)
    field.metadata = {**field.metadata, "description": words}
    return field


def random(value: str) -> fields.Field[Any]:
    """Return the field of a text that differs in every answer."""
    field = described(value, "Random.")
    field.metadata = {**field.metadata, "random": True}
    return field


def or_null(value: Any) -> fields.Field[Any]:
    """Return the field as one that may be null."""
    field = _field(value)
    field.allow_none = True
    if "enum" in field.metadata:
        field.metadata = {**field.metadata, "enum": [*field.metadata["enum"], None]}
    return field


def optional(value: Any) -> fields.Field[Any]:
    """Return the field as one that may be missing."""
    field = _field(value)
    field.required = False
    return field


def example(schema: Schema) -> Any:
    """Return an example of the schema, made of the examples of its members."""
    value = {name: _example(field) for name, field in schema.declared_fields.items()}
    return [value] if schema.many else value


def _example(field: fields.Field[Any]) -> Any:
    if "examples" in field.metadata:
        return field.metadata["examples"][0]
    if isinstance(field, fields.Nested):
        return example(field.schema)
    if isinstance(field, fields.List):
        return [_example(field.inner)]
    raise TypeError(f"{field.name} has no example")
