"""What people do with second factors, through our pages' API and Zipline's."""

from typing import Any

from pyotp import TOTP
from werkzeug.test import TestResponse

from app.core import administration, clock
from app.core.context import COMMAND_LINE, Caller, Context
from app.core.mfa import recovery
from tests.people import API, ORIGIN, Person

SECOND = f"{API}/sign-in/second"
VERIFY = f"{API}/verify"
TOTP_PATH = f"{API}/totp"
CODES = f"{API}/recovery-codes"


def code(secret: str, *, steps: int = 0) -> str:
    """Return the app's code of now, or of `steps` steps from now."""
    return TOTP(secret).at(clock.now() // 1000 + 30 * steps)


def given(answer: TestResponse) -> Any:
    """Return the JSON of a success."""
    assert answer.status_code == 200, answer.text
    return answer.json or {}


def refusal(answer: TestResponse) -> tuple[int, str]:
    """Return the status and the word of a refusal of our pages' API."""
    return answer.status_code, (answer.json or {})["error"]


def code_of_zipline(answer: TestResponse) -> tuple[int, int]:
    """Return the status and the number of a refusal of Zipline's."""
    return answer.status_code, (answer.json or {})["code"]


def turn_on(person: Person) -> tuple[str, list[str]]:
    """Turn the authenticator app on; return its secret, and the recovery codes made."""
    secret = given(person.post(f"{TOTP_PATH}/offer"))["secret"]
    made = given(person.post(TOTP_PATH, {"code": code(secret)}))
    return secret, made["recovery_codes"]


def make_codes(person: Person, *, saved: bool = False) -> list[str]:
    """Make recovery codes, and say that they were saved."""
    made = given(person.post(CODES))["recovery_codes"]
    if saved:
        given(person.post(f"{CODES}/saved"))
    return list(made)


def second(person: Person, **answer: Any) -> TestResponse:
    """Do the second step of a sign-in."""
    return person.post(SECOND, answer)


def second_by_passkey(person: Person, **changes: Any) -> TestResponse:
    """Do the second step by passkey."""
    options = given(person.get(f"{SECOND}/options"))["options"]
    return second(person, response=person.authenticator.get(options, origin=ORIGIN, **changes))


def verify(person: Person, **answer: Any) -> TestResponse:
    """Confirm that it is the person."""
    return person.post(VERIFY, answer)


def verify_by_passkey(person: Person, **changes: Any) -> TestResponse:
    """Confirm by passkey."""
    options = given(person.get(f"{VERIFY}/options"))["options"]
    return verify(person, response=person.authenticator.get(options, origin=ORIGIN, **changes))


def fresh(person: Person) -> Person:
    """Return the person in another browser, with the same authenticator."""
    other = Person(person.app, person.username)
    other.password, other.authenticator = person.password, person.authenticator
    return other


def link_for(person: Person) -> str:
    """Return the token of a one-time link, which a command makes."""
    with person.app.app_context():
        owner = administration.find(person.username)
        by_command = Context(person.app.extensions["passline"], Caller(COMMAND_LINE, ""))
        return recovery.make_link(owner, context=by_command)


def by_link(person: Person, token: str | None = None) -> TestResponse:
    """Sign in by a one-time link."""
    return person.post(f"{API}/link", {"token": token or link_for(person)})


def recover(person: Person, recovery_code: str, password: str | None = None) -> TestResponse:
    """Sign in by a recovery code, with the password if it is given."""
    body = {"username": person.username, "code": recovery_code, "password": password}
    return person.post(f"{API}/recover", body)


def security(person: Person) -> Any:
    """Return the ways in, and what the session may do."""
    return given(person.get(f"{API}/security"))
