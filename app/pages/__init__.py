"""Our own pages, and their small JSON API."""

from flask import Flask

from app.describe.operation import SESSION
from app.pages import (  # noqa: F401 - their views join
    account,
    blueprints,
    errors,
    new_accounts,
    recovery,
    rendering,
    second_factors,
    second_step,
    security,
    sign_in,
)
from app.pages import answers as a
from app.web import edges
from app.web.edges import Edge

_ACCOUNT = {
    "name": "Account",
    "description": (
        "What our own pages speak; it changes with them. An error is `{error, message}`, where"
        " `error` is a word of ours, `fields` says what is wrong with which member of the body,"
        " and `user` who is signed in. An unknown route answers 404, and a method that a route"
        " does not have 405, in the same form."
    ),
}
_SERVICE = {
    "name": "Service",
    "description": "The pages for people, the routes for operators, and this document.",
}


def init_app(app: Flask) -> None:
    """Add the pages and their API to `app`. The pages answer for all other paths."""
    api = Edge(
        blueprint=blueprints.account,
        prefixes=("/account/api",),
        spell=errors.spell,
        error=a.Error,
        security=SESSION,
        tag=_ACCOUNT,
        parameters=(errors.PAGE_USER,),
        raises=(errors.AnotherUser,),
    )
    pages = Edge(blueprint=blueprints.pages, prefixes=("",), spell=rendering.spell, tag=_SERVICE)
    edges.register(app, api)
    edges.register(app, pages)
