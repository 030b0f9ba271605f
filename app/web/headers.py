"""The security and caching headers of every answer."""

from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, request

from app.settings import Settings
from app.web.proxies import WSGI, Environ

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
_PREFLIGHT = [
    ("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE"),
    ("Access-Control-Allow-Headers", "Content-Type, Authorization"),
    ("Access-Control-Max-Age", "600"),
]


_HSTS = ("Strict-Transport-Security", "max-age=31536000")
_NO_STORE = ("Cache-Control", "no-store")
EXTRA = "passline.headers"  # the key in the environment for further headers


class Secured:
    """WSGI middleware that adds the security and caching headers to every answer."""

    def __init__(self, app: WSGI, settings: Settings) -> None:
        self._app = app
        self._fixed = _fixed(settings)
        self._is_secure = settings.is_secure

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            headers += self._fixed
            if self._is_secure(environ["wsgi.url_scheme"], environ.get("HTTP_HOST", "")):
                headers.append(_HSTS)
            if not environ["PATH_INFO"].startswith("/static/"):
                headers.append(_NO_STORE)
            if "HTTP_X_REQUEST_ID" in environ:
                # Forwarded has checked it.
                headers.append(("X-Request-Id", environ["HTTP_X_REQUEST_ID"]))
            headers += environ.get(EXTRA, ())
            return start_response(status, headers, *error)

        return self._app(environ, start)


def init_app(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer of `app`, and CORS for configured origins."""
    # Flask's documented way to add middleware.
    app.wsgi_app = Secured(app.wsgi_app, settings)  # type: ignore[method-assign]
    if settings.cors_origins:
        app.after_request(lambda response: _allow_origin(response, settings))


def _fixed(settings: Settings) -> list[tuple[str, str]]:
    ancestors = " ".join(settings.top_origins) or "'none'"
    framing = [] if settings.top_origins else [("X-Frame-Options", "DENY")]
    embedders = "".join(f' "{origin}"' for origin in settings.top_origins)
    ceremonies = f"(self{embedders})"
    return [
        ("Content-Security-Policy", _POLICY.format(ancestors=ancestors)),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        (
            "Permissions-Policy",
            f"publickey-credentials-create={ceremonies}, publickey-credentials-get={ceremonies},"
            " camera=(), geolocation=(), microphone=()",
        ),
        *framing,
    ]


def _allow_origin(response: Response, settings: Settings) -> Response:
    """Let only configured origins read answers with the user's cookie (Fetch, 3.2)."""
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin not in settings.cors_origins:
        return response
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers.add("Access-Control-Expose-Headers", "Retry-After")
    if request.method == "OPTIONS":
        response.headers.extend(_PREFLIGHT)
    return response
