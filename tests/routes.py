"""Which routes may change something."""

from typing import Any

from flask import Flask

from app.web import edges

# A GET that starts a ceremony stores its challenge, and one that offers a secret stores
# that; the first for the keys makes one.
_WRITTEN_BY_GET = ("/options", "/jwks.json", "/mfa/totp")


def writing(app: Flask) -> dict[str, Any]:
    """Return the view of each route that writes, by its method and path."""
    found = {}
    with app.app_context():
        for rule in app.url_map.iter_rules():
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                if edges.changes(method, rule.rule) or rule.rule.endswith(_WRITTEN_BY_GET):
                    found[f"{method} {rule.rule}"] = app.view_functions[rule.endpoint]
    return found
