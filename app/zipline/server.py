"""/api/server/public, /api/healthcheck, /api/version: public information."""

from typing import Any

from app.core import accounts, health
from app.describe.operation import answers
from app.version import __version__
from app.web.context import service
from app.zipline import answers as a
from app.zipline.blueprint import zipline


@zipline.get("/server/public")
@answers(a.Public)
def public() -> dict[str, Any]:
    """Return the switches that a sign-in page needs, in Zipline's places."""
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
@answers(a.Check)
def healthcheck() -> dict[str, Any]:
    """Return `{pass: true}` when the database answers; 503 otherwise."""
    health.check()
    return {"pass": True}


@zipline.get("/version")
@answers(a.Version, uses_database=False)
def version() -> dict[str, Any]:
    """Return the version that runs."""
    return {"version": __version__, "details": {"version": __version__, "sha": None}}
