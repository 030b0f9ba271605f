"""Schemas of marshmallow for the shapes of answers, which apispec reads."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from app.describe.shapes import Member, Shape, member

_made: dict[str, type[Schema]] = {}
_TYPES = {bool: fields.Boolean, int: fields.Integer, str: fields.String}


class Answer(Schema):
    """The base class: later versions may add members."""

    class Meta:
        unknown = EXCLUDE


def schema_of(shape: Shape | list[Shape]) -> Schema:
    """Return the schema of a shape, or of a list of such objects."""
    if isinstance(shape, list):
        return _schema(shape[0])(many=True)
    return _schema(shape)()


def _schema(shape: Shape) -> type[Schema]:
    """Return the one schema of a shape, which apispec knows by its class."""
    if shape.name not in _made:
        members = {name: _field(each) for name, each in shape.members.items()}
        _made[shape.name] = Answer.from_dict(members, name=shape.name)
    return _made[shape.name]


def _field(of: Member) -> fields.Field[Any]:
    field = _bare(of.value)
    field.required, field.allow_none = of.required, of.nullable or of.value is None
    if of.words:
        field.metadata = {**field.metadata, "description": of.words}
    if of.enum:
        choices = [*of.enum, None] if of.nullable else list(of.enum)
        field.metadata = {**field.metadata, "enum": choices}
    if of.format:
        field.metadata = {**field.metadata, "format": of.format}
    return field


def _bare(value: Any) -> fields.Field[Any]:
    examples = {"examples": [value]}
    if isinstance(value, Shape):
        return fields.Nested(_schema(value))
    if isinstance(value, list):
        whole = not value or not isinstance(value[0], Shape)
        inner = _field(member(value[0])) if value else fields.Raw()
        return fields.List(inner, metadata=examples if whole else {})
    if isinstance(value, dict):
        return fields.Dict(metadata=examples)
    if value is None:
        return fields.Raw(metadata={"enum": [None], **examples})
    scalar: type[fields.Field[Any]] = _TYPES[type(value)]
    return scalar(metadata=examples)
