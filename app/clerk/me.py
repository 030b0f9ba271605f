"""/v1/me: the user and their sessions."""

from typing import Any

from app.clerk import asking, objects, users
from app.clerk.blueprint import clerk
from app.core import sessions
from app.core.sessions import Live
from app.errors import SessionUnknown
from app.storage.records import SessionRecord
from app.web.login import caller, service


@clerk.get("/v1/me")
def me() -> dict[str, Any]:
    """Give the user."""
    return objects.wrapped(users.user(asking.required().user))


@clerk.get("/v1/me/sessions")
@clerk.get("/v1/me/sessions/active")
def my_sessions() -> list[dict[str, Any]]:
    """List the user's live sessions everywhere, bare, as the SDK reads it."""
    return [objects.session_with_activity(each) for each in _sessions_of(asking.required())]


def _sessions_of(live: Live) -> list[SessionRecord]:
    return sessions.of_user(live.user.id, most=100, settings=service().settings)


@clerk.post("/v1/me/sessions/<session_id>/revoke")
def revoke(session_id: str) -> dict[str, Any]:
    """End another session of the user."""
    live = asking.required()
    own_id = session_id.removeprefix("sess_")
    found = next((each for each in _sessions_of(live) if each.id == own_id), None)
    if found is None:  # as in the list, from which the client has it
        raise SessionUnknown
    sessions.end_one(live.user, own_id, current=live.session.id, caller=caller())
    return objects.wrapped(objects.session_with_activity(found, "revoked"))
