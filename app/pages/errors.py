"""The errors of our pages' API: how they are spelled, and the one that it alone has."""

from flask import Response, request
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from app.core.account_errors import InviteInvalid, SetupCodeNeeded, UsernameTaken
from app.core.mfa.errors import (
    CodeWrong,
    RecoveryCodeWrong,
    RecoveryRefused,
    StepUpRequired,
)
from app.describe import examples
from app.describe.operation import parameter
from app.errors import AppError, CrossSiteRequest, NotSignedIn
from app.pages import objects
from app.pages.blueprints import account
from app.web import error_handlers, identity
from app.web.edges import nearest
from app.web.json_provider import json_answer

_HEADER = "X-Passline-User"
PAGE_USER = parameter(
    _HEADER, "header", "The handle of the user whom the page shows.", examples.USER_HANDLE
)

# The field of a form that tells of an error and its children.
_FIELDS: dict[type[AppError], str] = {
    AppError: "",
    UsernameTaken: "username",
    InviteInvalid: "code",
    CodeWrong: "code",
    RecoveryCodeWrong: "recovery_code",
    RecoveryRefused: "code",
    SetupCodeNeeded: "code",
}


class AnotherUser(CrossSiteRequest):
    """A page that shows another user than the caller made the request."""

    code = "another_user"
    status = 409
    sentence = "Somebody else is signed in now. Reload the page."


@account.before_request
def refuse_stale_pages() -> None:
    """Refuse what a page asks that was made before somebody else signed in.

    A client without the header has no such page. Raises `AnotherUser`.
    """
    meant = request.headers.get(_HEADER)
    if meant is None or not current_user.is_authenticated:
        return
    if meant != objects.user(identity.visitor().user)["handle"]:
        raise AnotherUser


def spell(error: AppError | HTTPException) -> Response:
    """Return the answer to an error: {error, message, fields?, user?}.

    `user` is the caller, if the request came far enough to know somebody.
    """
    body = error_handlers.words(error)
    if isinstance(error, AppError) and (field := nearest(_FIELDS, error)):
        body["fields"] = {field: error.sentence}
    if isinstance(error, StepUpRequired):
        body["verify"] = {"methods": list(error.methods), "age": error.age}
    caller = identity.known_visitor()
    if caller and not isinstance(error, NotSignedIn):
        body["user"] = objects.user(caller.user)
    return json_answer(body, status=error_handlers.status(error))
