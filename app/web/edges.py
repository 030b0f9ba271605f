"""How edges register themselves, so that the plumbing knows none of them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from flask import Blueprint, Flask, current_app
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from app.describe.operation import Parameter
from app.describe.shapes import Shape
from app.errors import AppError

Json = dict[str, Any]
Value = TypeVar("Value")
Spell = Callable[[AppError | HTTPException], BaseResponse]


class Edge(NamedTuple):
    """A dialect, or our own pages: its views, and the paths that it answers.

    `spell` turns an error into an answer, and `error` is the shape of that answer
    (None: HTML). `changing_gets` are the paths whose GET changes something. `caller`
    finds the id of the user who asks, where login_required does not. The others
    document it in OpenAPI: its name, the schemes by which it identifies the caller, and
    the parameters and errors that all its views share.
    """

    blueprint: Blueprint
    prefixes: tuple[str, ...]
    spell: Spell
    tag: dict[str, str]
    error: Shape | None = None
    security: Mapping[str, Json] = MappingProxyType({})
    changing_gets: frozenset[str] = frozenset()
    caller: Callable[[], str | None] | None = None
    parameters: tuple[Parameter, ...] = ()
    raises: tuple[type[AppError], ...] = ()


def register(app: Flask, edge: Edge) -> None:
    """Add the edge's views to `app`, and let it answer errors of its paths."""
    app.register_blueprint(edge.blueprint)
    app.extensions.setdefault("passline.edges", []).append(edge)


def every() -> list[Edge]:
    """Return the edges of the current app, in the order of their registration."""
    edges: list[Edge] = current_app.extensions.get("passline.edges", [])
    return edges


def of_path(path: str) -> Edge | None:
    """Return the edge that answers for a path: the one with the longest prefix of it.

    The blueprint is not used, because an unmatched route belongs to none. /.well-known/
    belongs to no edge, except for the paths below it that an edge has registered.
    """
    longest, found = -1, None
    candidates = [(prefix, edge) for edge in every() for prefix in edge.prefixes]
    for prefix, edge in [("/.well-known", None), *candidates]:
        if len(prefix) > longest and (path == prefix or path.startswith(f"{prefix}/")):
            longest, found = len(prefix), edge
    return found


def of_endpoint(endpoint: str) -> Edge | None:
    """Return the edge of a view; the service's own belong to the edge of all paths."""
    name = endpoint.partition(".")[0]
    own = (edge for edge in every() if edge.blueprint.name == name)
    return next(own, None) or of_path("")


def changes(method: str, path: str) -> bool:
    """Return whether a request with this method and path may change something."""
    if method in ("GET", "HEAD"):
        return any(path in edge.changing_gets for edge in every())
    return method != "OPTIONS"


def nearest(table: dict[type[AppError], Value], error: AppError) -> Value:
    """Return the entry of `table` for an error, or for its nearest ancestor there."""
    return next(table[kind] for kind in type(error).__mro__ if kind in table)
