"""/api/openapi.json and /docs: the API's documentation, made when it is first asked for and kept as bytes."""

import threading
from collections.abc import Callable
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, render_template, request

from app.web.pages import common

docs = Blueprint("docs", __name__)

_MOST = 8  # prefixes that a proxy may serve us below at once
_making = threading.Lock()


@docs.get("/api/openapi.json")
def openapi() -> Response:
    """Give this document: OpenAPI 3.1."""
    return Response(_kept(_document_bytes), mimetype="application/json")


@docs.get("/docs")
def page() -> Response:
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
    from app.openapi.document import build  # it takes 60 ms, which no other request needs

    return build(current_app) | {"servers": [{"url": request.script_root or "/"}]}


def _document_bytes() -> bytes:
    return orjson.dumps(_document())


def _page_bytes() -> bytes:
    from app.openapi.page import sections

    return render_template("docs.html", **common(), sections=sections(_document())).encode()
