"""Method override: the SDK only sends GET and POST.

PATCH and DELETE come as POST with `_method` in the query.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

_ALLOWED = {"PATCH", "DELETE"}


class MethodOverride:
    """WSGI middleware that restores the method of a POST below /v1/, never of a GET."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING", "")
        if (
            environ["REQUEST_METHOD"] == "POST"
            and "_method=" in query
            and environ["PATH_INFO"].startswith("/v1/")
        ):
            wanted = parse_qs(query).get("_method", [])
            if len(wanted) == 1 and wanted[0] in _ALLOWED:
                environ["REQUEST_METHOD"] = wanted[0]
        return self._app(environ, start_response)
