"""/api/openapi.json and /docs: built on the first request, and kept as bytes."""

import threading
from collections.abc import Callable
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, current_app, render_template, request

from app.describe import shapes
from app.describe.operation import answers
from app.pages.rendering import common, page

docs = Blueprint("docs", __name__)

_MOST = 8  # prefixes below which proxies may serve us at the same time
_making = threading.Lock()

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
    made: dict[Any, bytes] = current_app.extensions.setdefault("passline.docs", {})
    key = make, request.script_root
    with _making:
        if key not in made:
            if len(made) >= 2 * _MOST:
                made.clear()
            made[key] = make()
        return made[key]


def _document() -> dict[str, Any]:
    from app.openapi.document import build  # it takes 60 ms, and nothing else needs it

    return build(current_app) | {"servers": [{"url": request.script_root or "/"}]}


def _document_bytes() -> bytes:
    return orjson.dumps(_document())


def _page_bytes() -> bytes:
    from app.openapi.page import sections

    return render_template("docs.html", **common(), sections=sections(_document())).encode()
