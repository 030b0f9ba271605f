"""/api/openapi.json and /docs: built on the first request, and kept as bytes.

Below a prefix that a proxy forwards nothing is kept but the description of the routes,
since strangers may get prefixes without end through a proxy.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from flask import Blueprint, Flask, Response, current_app, render_template, request

from app.describe import shapes
from app.describe.operation import answers
from app.pages.rendering import common, page
from app.web.context import service

docs = Blueprint("docs", __name__)

_making = threading.RLock()  # what is made may be made of another
Value = TypeVar("Value")

_Tag = shapes.shape(
    "Service", "Tag", name="Zipline", description="The JSON API that Zipline's clients speak."
)
_Document = shapes.shape(
    "Service",
    "Document",
    openapi="3.1.0",
    info={"title": "Passline", "version": "0.1.0"},
    servers=[shapes.shape("Service", "Server", url="/")],
    tags=[_Tag],
    paths={},
    components={},
)


def init_app(app: Flask) -> None:
    """Add both routes to `app`."""
    app.register_blueprint(docs)


@docs.get("/api/openapi.json")
@answers(_Document, uses_database=False)
def openapi() -> Response:
    """Return this document: OpenAPI 3.1."""
    return Response(_kept(_document_bytes), mimetype="application/json")


@docs.get("/docs", endpoint="page")
@answers(page("API · Passline"), uses_database=False)
def show() -> Response:
    """Show this document to people."""
    return Response(_kept(_page_bytes), mimetype="text/html")


def _kept(make: Callable[[], bytes]) -> bytes:
    if request.script_root != service().settings.url_prefix:
        return make()
    return _made(make)


def _document() -> dict[str, Any]:
    return _made(_described) | {"servers": [{"url": request.script_root or "/"}]}


def _described() -> dict[str, Any]:
    from app.openapi.document import build  # it takes 60 ms, and nothing else needs it

    return build(current_app)


def _made(make: Callable[[], Value]) -> Value:
    """Return what `make` has made for this app, and make it once."""
    made: dict[Any, Any] = current_app.extensions.setdefault("passline.docs", {})
    with _making:
        if make not in made:
            made[make] = make()
        value: Value = made[make]
        return value


def _document_bytes() -> bytes:
    return orjson.dumps(_document())


def _page_bytes() -> bytes:
    from app.openapi.page import sections

    return render_template("docs.html", **common(), sections=sections(_document())).encode()
