"""/api/server/public, /api/healthcheck, /api/version: what anybody may know."""

from typing import Any

from app.core import accounts
from app.storage import database
from app.version import __version__
from app.web.login import service
from app.zipline.blueprint import zipline


@zipline.get("/server/public")
def public() -> dict[str, Any]:
    """Give the switches that a sign-in page needs, in Zipline's places."""
    return {
        "oauth": {"bypassLocalLogin": False, "loginOnly": False},
        "oauthEnabled": {"discord": False, "github": False, "google": False, "oidc": False},
        "website": {
            "loginBackground": None,
            "loginBackgroundBlur": False,
            "title": service().settings.rp_name,
            "tos": False,
        },
        "features": {
            "oauthRegistration": False,
            "userRegistration": service().settings.registration == "open",
            "invites": service().settings.registration == "invite",
        },
        "mfa": {"passkeys": service().settings.passkeys_enabled},
        "turnstile": {"enabled": False},
        "firstSetup": accounts.nobody_yet(),
    }


@zipline.get("/healthcheck")
def healthcheck() -> dict[str, Any]:
    """Say `{pass: true}` when the database answers; 503 otherwise."""
    database.ping()
    return {"pass": True}


@zipline.get("/version")
def version() -> dict[str, Any]:
    """Give the version that runs."""
    return {"version": __version__, "details": {"version": __version__, "sha": None}}
