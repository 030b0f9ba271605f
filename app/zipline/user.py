"""/api/user: the signed-in user, their API token and their sessions."""

from typing import Any

from flask import Response

from app.core import api_tokens, profile, session_ends, sessions
from app.core.account_errors import TokenUnreadable, UsernameTaken
from app.core.session_cap import MOST
from app.core.sessions import SessionIsCurrent, SessionUnknown
from app.describe import examples
from app.describe.operation import answers
from app.describe.refusals import STEP_UP
from app.web.access import login_or_enrolment, login_required
from app.web.bodies import takes
from app.web.context import context, service
from app.web.cookies import answer
from app.web.identity import live_session, visitor
from app.web.rate_limits import limited
from app.zipline import answers as a
from app.zipline import objects, schemas
from app.zipline.blueprint import zipline

Json = dict[str, Any]

_CHANGES = {"username": "ada.lovelace", "view": {"enabled": True, "embedColor": "#0d6a5f"}}


@zipline.get("/user")
@answers(a.UserAnswer, signed_in=True)
@login_or_enrolment
def get_user() -> Json:
    """Return `{user}`."""
    return {"user": objects.user(visitor().user)}


@zipline.patch("/user")
@answers(
    a.UserAnswer,
    sets="With a new password, the session that goes on.",
    signed_in=True,
    raises=(UsernameTaken, *STEP_UP),
)
@login_or_enrolment
@limited("120/minute", of_user="60/minute")
@takes(schemas.Changes(), example=_CHANGES)
def change_user(body: Json) -> Json | Response:
    """Change username, avatar, view or password: `{user}`.

    A new password ends all other sessions.
    """
    password = body.pop("password", None)
    if password is None:
        return {"user": objects.user(profile.change(visitor().user, body, context=context()))}
    user, token = profile.change_with_password(live_session(), body, password, context=context())
    return answer({"user": objects.user(user)}, token=token)


@zipline.get("/user/token")
@answers(a.Token, signed_in=True, raises=(TokenUnreadable,))
@login_required
def get_token() -> Json:
    """Return `{token}`, the API token."""
    return {"token": api_tokens.shown(visitor().user, context=context())}


@zipline.patch("/user/token")
@answers(a.NewToken, signed_in=True, raises=STEP_UP)
@login_required
@limited("60/minute", of_user="20/minute")
def new_token() -> Json:
    """Replace the API token: `{user, token}`."""
    user, token = api_tokens.replace(visitor().user, context=context())
    return {"user": objects.user(user), "token": token}


@zipline.get("/user/sessions")
@answers(a.Sessions, signed_in=True)
@login_required
def list_sessions() -> Json:
    """List the sessions: `{current, other}`; an API token has no current one."""
    return _sessions()


@zipline.delete("/user/sessions")
@answers(a.Sessions, signed_in=True, raises=(SessionUnknown, SessionIsCurrent, *STEP_UP))
@login_required
@limited("120/minute", of_user="60/minute")
@takes(schemas.SessionEnd(), example={"sessionId": examples.ID})
def end_sessions(body: Json) -> Json:
    """End one other session, or all others: `{current, other}`."""
    asking = visitor()
    current = asking.session.id if asking.session else None
    if body["all"]:
        session_ends.end_all_others(asking.user, current=current, context=context())
    else:
        wanted = body["sessionId"] or ""
        session_ends.end_one(asking.user, wanted, current=current, context=context())
    return _sessions()


def _sessions() -> Json:
    asking = visitor()
    current = asking.session
    every = sessions.of_user(asking.user.id, most=MOST, settings=service().settings)
    return {
        "current": objects.session(current) if current else None,
        "other": [objects.session(each) for each in every if not current or each.id != current.id],
    }
