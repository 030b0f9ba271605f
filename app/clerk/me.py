"""/v1/me: the user and their sessions."""

from typing import Any

from app.clerk import answers as a
from app.clerk import asking, objects, users
from app.clerk.answers import NAMED, SESSION_ID
from app.clerk.blueprint import clerk
from app.core import sessions
from app.core.session_cap import MOST
from app.core.sessions import Live, SessionIsCurrent, SessionUnknown
from app.describe.operation import answers
from app.storage.records import SessionRecord
from app.web.context import context, service
from app.web.rate_limits import limited

Json = dict[str, Any]


@clerk.get("/v1/me")
@answers(a.UserAnswer, signed_in=True, parameters=(NAMED,))
def me() -> Json:
    """Return the user."""
    return objects.wrapped(users.user(asking.required().user))


@clerk.get("/v1/me/sessions")
@clerk.get("/v1/me/sessions/active")
@answers([a.SessionWithActivity], signed_in=True, parameters=(NAMED,))
def my_sessions() -> list[Json]:
    """List the user's live sessions everywhere, bare, as the SDK reads it."""
    return [objects.session_with_activity(each) for each in _sessions_of(asking.required())]


def _sessions_of(live: Live) -> list[SessionRecord]:
    return sessions.of_user(live.user.id, most=MOST, settings=service().settings)


@clerk.post("/v1/me/sessions/<session_id>/revoke")
@answers(
    a.RevokedAnswer,
    signed_in=True,
    parameters=(SESSION_ID, NAMED),
    raises=(SessionUnknown, SessionIsCurrent),
)
@limited("120/minute", of_user="60/minute")
def revoke(session_id: str) -> Json:
    """End another session of the user."""
    live = asking.required()
    own_id = session_id.removeprefix("sess_")
    found = next((each for each in _sessions_of(live) if each.id == own_id), None)
    if found is None:  # not in the list that the client was sent
        raise SessionUnknown
    sessions.end_one(live.user, own_id, current=live.session.id, context=context())
    return objects.wrapped(objects.session_with_activity(found, "revoked"))
