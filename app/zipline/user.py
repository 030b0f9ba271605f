"""/api/user: the person who is signed in, their API token and their sessions."""

from typing import Any

from flask import Response
from flask_login import login_required

from app.core import profile, sessions
from app.web.bodies import takes
from app.web.login import answer, caller, live_session, service, visitor
from app.web.rate_limits import limited
from app.zipline import objects, schemas
from app.zipline.blueprint import zipline


@zipline.get("/user")
@login_required
def get_user() -> dict[str, Any]:
    """Give `{user}`."""
    return {"user": objects.user(visitor().user)}


@zipline.patch("/user")
@login_required
@limited("60/minute")
@takes(schemas.Changes())
def change_user(body: dict[str, Any]) -> dict[str, Any] | Response:
    """Change username, avatar, view or password: `{user}`. A new password ends all other sessions."""
    password = body.pop("password", None)
    if password is None:
        return {"user": objects.user(profile.change(visitor().user, body, caller=caller()))}
    user, token = profile.change_with_password(
        live_session(), body, password, caller=caller(), service=service()
    )
    return answer({"user": objects.user(user)}, token=token)


@zipline.get("/user/token")
@login_required
def get_token() -> dict[str, Any]:
    """Give `{token}`, the API token."""
    return {"token": profile.api_token(visitor().user, service=service())}


@zipline.patch("/user/token")
@login_required
@limited("20/minute")
def new_token() -> dict[str, Any]:
    """Replace the API token: `{user, token}`."""
    user = visitor().user
    return {
        "user": objects.user(user),
        "token": profile.new_api_token(user, caller=caller(), service=service()),
    }


@zipline.get("/user/sessions")
@login_required
def list_sessions() -> dict[str, Any]:
    """List the sessions: `{current, other}`; an API token has no current one."""
    return _sessions()


@zipline.delete("/user/sessions")
@login_required
@takes(schemas.SessionEnd())
def end_sessions(body: dict[str, Any]) -> dict[str, Any]:
    """End one other session, or all others: `{current, other}`."""
    asking = visitor()
    current = asking.session.id if asking.session else None
    if body["all"]:
        sessions.end_all_others(asking.user, current=current, caller=caller())
    else:
        sessions.end_one(asking.user, body["sessionId"] or "", current=current, caller=caller())
    return _sessions()


def _sessions() -> dict[str, Any]:
    asking = visitor()
    current = asking.session
    every = sessions.of_user(asking.user.id, most=100, settings=service().settings)
    return {
        "current": objects.session(current) if current else None,
        "other": [objects.session(each) for each in every if not current or each.id != current.id],
    }
