"""/v1/me: the user, their name, password and sessions."""

from typing import Any

from flask import Response

from app.clerk import answers as a
from app.clerk import asking, errors, objects, schemas, session_objects, users
from app.clerk.answers import NAMED, SESSION_ID
from app.clerk.blueprint import clerk
from app.core import profile, session_ends, sessions
from app.core.account_errors import UsernameTaken, WrongPassword
from app.core.mfa import factors
from app.core.mfa.factors import Factors
from app.core.mfa.policy import Standing
from app.core.session_cap import MOST
from app.core.sessions import Live, SessionIsCurrent, SessionUnknown
from app.describe import examples
from app.describe.operation import RENEWED, answers
from app.describe.refusals import STEP_UP
from app.errors import InvalidInput
from app.storage.records import SessionRecord, UserRecord
from app.web.bodies import MISSING, takes
from app.web.context import context, service
from app.web.rate_limits import limited

Json = dict[str, Any]


@clerk.get("/v1/me")
@answers(a.UserAnswer, signed_in=True, parameters=(NAMED,))
@asking.enrolling
def me() -> Json:
    """Return the user."""
    return objects.wrapped(_shown(asking.required().user))


def _shown(user: UserRecord) -> Json:
    return users.user(user, _factors(user))


def _factors(user: UserRecord) -> Factors:
    return factors.of_user(user.id, service().settings)


@clerk.patch("/v1/me")
@answers(a.UserAnswer, signed_in=True, parameters=(NAMED,), raises=(UsernameTaken, *STEP_UP))
@limited("60/minute", of_user="30/minute")
@takes(schemas.Profile(), example={"username": "ada"}, forms=True)
def update_me(body: Json) -> Json:
    """Change the username."""
    changes = {"username": body["username"]} if body["username"] else {}
    changed = profile.change(asking.required().user, changes, context=context())
    asking.look_again()
    return objects.wrapped(_shown(changed))


@clerk.post("/v1/me/change_password")
@answers(
    a.UserAnswer,
    sets=RENEWED,
    signed_in=True,
    parameters=(NAMED,),
    raises=(errors.CurrentPasswordWrong, *STEP_UP),
)
@asking.enrolling
@limited("60/minute", of_user="30/minute")
@takes(schemas.PasswordChange(), example={"new_password": examples.ADA["password"]}, forms=True)
def change_password(body: Json) -> Response:
    """Set a new password; all other sessions end."""
    live, current = asking.required(), body["current_password"]
    if current is None and _demands_password(live):
        raise InvalidInput(current_password=MISSING)
    user, token = _with_password(live, body["new_password"], current)
    asking.look_again(token)
    return asking.renewed(objects.wrapped(_shown(user)), token)


def _demands_password(live: Live) -> bool:
    """Return whether the password in force is the only proof that is asked."""
    recovers = live.standing is Standing.RECOVERING
    return not service().settings.step_up_age and not recovers and _factors(live.user).password


def _with_password(live: Live, new: str, current: str | None) -> tuple[UserRecord, str]:
    """Raises what `profile.change_with_password` does, under Clerk's names."""
    try:
        return profile.change_with_password(live, {}, new, current=current, context=context())
    except WrongPassword as error:
        raise errors.CurrentPasswordWrong from error
    except InvalidInput as error:
        raise errors.of_new_password(error) from error


@clerk.get("/v1/me/sessions")
@clerk.get("/v1/me/sessions/active")
@answers([a.SessionWithActivity], signed_in=True, parameters=(NAMED,))
def my_sessions() -> list[Json]:
    """List the user's live sessions everywhere, bare, as the SDK reads it."""
    live = asking.required()
    return session_objects.listed(live.user, _sessions_of(live))


def _sessions_of(live: Live) -> list[SessionRecord]:
    return sessions.of_user(live.user.id, most=MOST, settings=service().settings)


@clerk.post("/v1/me/sessions/<session_id>/revoke")
@answers(
    a.RevokedAnswer,
    signed_in=True,
    parameters=(SESSION_ID, NAMED),
    raises=(SessionUnknown, SessionIsCurrent, *STEP_UP),
)
@limited("120/minute", of_user="60/minute")
def revoke(session_id: str) -> Json:
    """End another session of the user."""
    live = asking.required()
    own_id = session_id.removeprefix("sess_")
    found = [each for each in _sessions_of(live) if each.id == own_id]
    if not found:  # not in the list that the client was sent
        raise SessionUnknown
    session_ends.end_one(live.user, own_id, current=live.session.id, context=context())
    [shown] = session_objects.listed(live.user, found, "revoked")
    return objects.wrapped(shown)
