"""/api/openapi.json and /docs: built on the first request, and kept as bytes.

The prefix is put in at each request, and nothing is kept per prefix: strangers may get
prefixes without end through a proxy.
"""

import re
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from flask import Blueprint, Flask, Response, abort, current_app, render_template, request

from app.describe import shapes
from app.describe.operation import Answered, answers, parameter
from app.pages.rendering import common, page

docs = Blueprint("docs", __name__)

_PREFIX = b"/passline-prefix"  # stands for the one of each request
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

_TAG = parameter("tag", "path", "A tag of the document, in small letters.", "service")
_NO_PAGE = Answered(
    status=404,
    words="There is no such tag.",
    media_types=("text/html",),
    text='<!doctype html>\n<html lang="en"><title>…</title>…',
)


def init_app(app: Flask) -> None:
    """Add both routes to `app`."""
    app.register_blueprint(docs)


@docs.get("/api/openapi.json")
@answers(_Document, uses_database=False)
def openapi() -> Response:
    """Return this document: OpenAPI 3.1."""
    servers = orjson.dumps([{"url": request.script_root or "/"}])
    body = _made(_document_bytes)[:-1] + b',"servers":' + servers + b"}"
    return Response(body, mimetype="application/json")


@docs.get("/docs", endpoint="page")
@answers(page("API · Passline"), uses_database=False)
def show() -> Response:
    """Show this document to people: its parts, and a link to every route."""
    return _page("")


@docs.get("/docs/<tag>", endpoint="part")
@answers(page("Zipline · API · Passline"), _NO_PAGE, parameters=(_TAG,), uses_database=False)
def show_part(tag: str) -> Response:
    """Show the routes of one tag to people."""
    return _page(tag)


def _page(name: str) -> Response:
    pages = _made(_pages)
    if name not in pages:
        abort(404)
    html = pages[name].replace(_PREFIX, request.script_root.encode())
    return Response(html, mimetype="text/html")


def _described() -> dict[str, Any]:
    from app.openapi.document import build  # it takes 60 ms, and nothing else needs it

    return build(current_app)


def _made(make: Callable[[], Value]) -> Value:
    """Return what `make` has made for this app, and make it once."""
    made: dict[Any, Any] = current_app.extensions.setdefault("passline.docs", {})
    if make in made:
        value: Value = made[make]
        return value
    with _making:
        if make not in made:
            made[make] = make()
    return _made(make)


def _document_bytes() -> bytes:
    """Return the document but for its last member, `servers`."""
    from app.openapi.sharing import shared

    return orjson.dumps(shared(_made(_described)))


def _pages() -> dict[str, bytes]:
    """Return the pages by the last part of their paths, with `_PREFIX` before links."""
    from app.openapi.page import sections

    every = sections(_made(_described))
    with current_app.test_request_context("/docs", base_url=f"http://localhost{_PREFIX.decode()}"):
        shared = common()
        index = render_template("docs.html", **shared, sections=every)
        pages = {
            each.slug: render_template("docs_part.html", **shared, section=each) for each in every
        }
    # Examples are indented with tabs: only the templates' own spaces go.
    return {
        name: re.sub("\n +", "\n", html).encode() for name, html in ({"": index} | pages).items()
    }
