"""/v1/client and /v1/environment: what the SDK needs to start."""

from typing import Any

from flask import Response, request

from app.clerk import answers as a
from app.clerk import asking, environment, objects, session_objects
from app.clerk.answers import SESSION_ID
from app.clerk.blueprint import clerk
from app.core import signing_out, tokens
from app.core.sessions import SessionUnknown
from app.describe.operation import answers
from app.web.context import service
from app.web.rate_limits import limited

Json = dict[str, Any]

_GONE = "An empty session, which the browser forgets."


@clerk.route("/v1/environment", methods=["GET", "PATCH"])
@answers(a.Environment, uses_database=False)
@limited("3000/minute")
def get_environment() -> Json:
    """Return the switches that the SDK's components look at."""
    return environment.describe(service().settings)


@clerk.route("/v1/client", methods=["GET", "POST"])
@answers(a.ClientAnswer, words="Null when nobody is signed in.")
@limited("3000/minute")
def get_client() -> Json:
    """Return this client, or null when nobody is signed in: a 401 would break the
    SDK.
    """
    return {"response": objects.client(), "client": None}


@clerk.post("/v1/dev_browser")
@answers(a.DevBrowser, words="For test keys only.", raises=(SessionUnknown,), uses_database=False)
@limited("300/minute")
def dev_browser() -> Json:
    """Return a token for a browser with a test key; it is nobody's until a sign-in
    replaces it.
    """
    if not asking.is_development():
        raise SessionUnknown
    return {"object": "dev_browser", "id": tokens.new_token()}


@clerk.get("/v1/client/sessions/<session_id>")
@clerk.post("/v1/client/sessions/<session_id>/touch")
@answers(a.SessionAnswer, signed_in=True, parameters=(SESSION_ID,), raises=(SessionUnknown,))
@asking.enrolling
@limited("3000/minute", of_user="600/minute")
def touch(session_id: str) -> Json:
    """Return the session, which is in use."""
    return objects.wrapped(session_objects.session(asking.named(session_id)))


@clerk.post("/v1/client/sessions/<session_id>/end")
@clerk.post("/v1/client/sessions/<session_id>/remove")
@answers(
    a.SessionAnswer, sets=_GONE, signed_in=True, parameters=(SESSION_ID,), raises=(SessionUnknown,)
)
@asking.enrolling
@limited("300/minute", of_user="60/minute")
def end_session(session_id: str) -> Response:
    """End the session."""
    live = asking.named(session_id)
    status = "ended" if request.path.endswith("/end") else "removed"
    signing_out.of_live(live)
    without = objects.client_without_session(live)
    return asking.signed_out({"response": session_objects.session(live, status), "client": without})


@clerk.delete("/v1/client")
@clerk.delete("/v1/client/sessions")
@answers(a.SignedOutAnswer, sets=_GONE)
@limited("300/minute")
def end_sessions() -> Response:
    """End the client's session, if it still has one; to sign out twice is no error."""
    live = asking.live()
    if live:
        signing_out.of_live(live)
    without = objects.client_without_session(live) if live else None
    return asking.signed_out({"response": without, "client": None})
