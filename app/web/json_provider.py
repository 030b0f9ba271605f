"""JSON by orjson, whose bytes go straight into the response."""

from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider


def json_answer(value: Any, *, status: int = 200) -> Response:
    """Return a response with JSON."""
    return Response(orjson.dumps(value), status=status, mimetype="application/json")


class OrjsonProvider(JSONProvider):
    """Flask's JSON, for views that return a dict or a list."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        return json_answer(args[0] if args else kwargs)
