"""Views for who is signed in, and for sessions that only serve to enrol."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import flask_login

from app.core.mfa.errors import SecondFactorRequired
from app.web import identity

View = TypeVar("View", bound=Callable[..., Any])


def login_required(view: View) -> View:
    """Let whole sessions and API tokens request the view.

    Raises `SecondFactorRequired`, `NotSignedIn`.
    """
    return _required(view, enrolling=False)


def login_or_enrolment(view: View) -> View:
    """Let also those request it whose session only serves to enrol."""
    return _required(view, enrolling=True)


def _required(view: View, *, enrolling: bool) -> View:
    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        live = identity.visitor().live
        if live and live.standing.enrols_only and not enrolling:
            raise SecondFactorRequired
        return view(*args, **kwargs)

    checked.enrolling = enrolling  # type: ignore[attr-defined]  # for the documentation
    required: View = flask_login.login_required(checked)
    return required
