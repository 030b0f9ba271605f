"""Ceremonies over HTTP in two halves, as tabs of a browser begin and finish them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.people import BINDING, ORIGIN, Person


def finish_registration(person: Person, options: dict[str, Any], **changes: Any) -> Any:
    credential = person.authenticator.create(options, origin=ORIGIN, **changes)
    return person.finish_registration(credential, "Key")


def finish_sign_in(person: Person, options: dict[str, Any], **changes: Any) -> Any:
    return person.finish_sign_in(person.authenticator.get(options, origin=ORIGIN, **changes))


Ceremony = tuple[Callable[[Person], dict[str, Any]], Callable[..., Any]]
REGISTRATION: Ceremony = (Person.creation_options, finish_registration)
AUTHENTICATION: Ceremony = (Person.request_options, finish_sign_in)
BOTH = pytest.mark.parametrize(
    "ceremony", [REGISTRATION, AUTHENTICATION], ids=["registration", "authentication"]
)


def binding(person: Person) -> str:
    """Return the value of the browser's binding cookie, empty if it has none."""
    held = person.browser._cookies.values()
    return next((cookie.value for cookie in held if cookie.key == BINDING), "")
