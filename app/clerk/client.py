"""/v1/client and /v1/environment: what makes the SDK whole."""

from typing import Any

from flask import Response, request

from app.clerk import asking, environment, objects
from app.clerk.blueprint import clerk
from app.core import sessions, tokens
from app.errors import SessionUnknown
from app.web import csrf
from app.web.login import service

# A form needs no preflight, so a sign-in that another site posts is refused with or without a cookie.
clerk.before_request(csrf.refuse_elsewhere)


@clerk.route("/v1/environment", methods=["GET", "PATCH"])
def get_environment() -> dict[str, Any]:
    """Give the switches that the SDK's components look at."""
    return environment.describe(service().settings)


@clerk.route("/v1/client", methods=["GET", "POST"])
def get_client() -> dict[str, Any]:
    """Give this client, or null when nobody is signed in: a 401 would break the SDK."""
    return {"response": objects.client(), "client": None}


@clerk.post("/v1/dev_browser")
def dev_browser() -> dict[str, Any]:
    """Give a browser with a test key its token; it is nobody's until a sign-in replaces it."""
    if not asking.is_development():
        raise SessionUnknown
    return {"object": "dev_browser", "id": tokens.new_token()}


@clerk.get("/v1/client/sessions/<session_id>")
@clerk.post("/v1/client/sessions/<session_id>/touch")
def touch(session_id: str) -> dict[str, Any]:
    """Give the session, which is in use."""
    return objects.wrapped(objects.session(asking.named(session_id)))


@clerk.post("/v1/client/sessions/<session_id>/end")
@clerk.post("/v1/client/sessions/<session_id>/remove")
def end_session(session_id: str) -> Response:
    """End the session."""
    live = asking.named(session_id)
    status = "ended" if request.path.endswith("/end") else "removed"
    sessions.end_live(live)
    without = objects.client_without_session(live)
    return asking.signed_out({"response": objects.session(live, status), "client": without})


@clerk.delete("/v1/client")
@clerk.delete("/v1/client/sessions")
def end_sessions() -> Response:
    """End the client's session, if it still has one; to sign out twice is no error."""
    live = asking.live()
    if live:
        sessions.end_live(live)
    return asking.signed_out(
        {"response": objects.client_without_session(live) if live else None, "client": None}
    )
