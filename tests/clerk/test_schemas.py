"""Every answer of the five operations is as Clerk publishes it, errors too.

That holds in both versions of Clerk's schemas.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from werkzeug.test import TestResponse

from tests.clerk.client import PASSKEYS, Clerk
from tests.clerk.published import (
    ATTEMPT,
    CREATE,
    ONE,
    VERSIONS,
    faults,
    object_faults,
    statuses,
    translated,
)
from tests.conftest import MakeApp
from tests.people import Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Case(NamedTuple):
    """An operation, its expected status, and how to get that."""

    path: str
    method: str
    status: int
    ask: Callable[[Clerk], TestResponse]


def at(passkey: dict[str, Any]) -> str:
    return f"{PASSKEYS}/{passkey['id']}"


def attempted(adas: Clerk, **changes: Any) -> TestResponse:
    begun = adas.begin()
    return adas.attempt(begun, adas.credential(begun, **changes))


def twice(adas: Clerk) -> TestResponse:
    begun = adas.begin()
    credential = adas.credential(begun)
    adas.attempt(begun, credential)
    return adas.attempt(begun, credential)


def out(adas: Clerk, method: str, path: str) -> TestResponse:
    adas.person.log_out()
    return adas.ask(method, path)


def signed_out_attempt(adas: Clerk) -> TestResponse:
    begun = adas.begin()
    adas.person.log_out()
    return adas.attempt(begun, {})


NOBODYS = f"{PASSKEYS}/idn_cunknown"
UNREADABLE: dict[str, Any] = {"data": b"{", "content_type": "application/json"}
ELSEWHERE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
CASES = {
    "created": Case(CREATE, "post", 200, lambda a: a.ask("POST", PASSKEYS)),
    "created as the second": Case(
        CREATE, "post", 200, lambda a: (a.add(), a.ask("POST", PASSKEYS))[1]
    ),
    "got unfinished": Case(ONE, "get", 200, lambda a: a.ask("GET", at(a.begin()))),
    "got finished": Case(ONE, "get", 200, lambda a: a.ask("GET", at(a.add()))),
    "got failed": Case(
        ONE, "get", 200, lambda a: (p := a.begin(), a.attempt(p, {}), a.ask("GET", at(p)))[2]
    ),
    "got unknown": Case(ONE, "get", 404, lambda a: a.ask("GET", NOBODYS)),
    "renamed": Case(ONE, "patch", 200, lambda a: a.ask("PATCH", at(a.add()), {"name": "x"})),
    "renamed unfinished": Case(
        ONE, "patch", 200, lambda a: a.ask("PATCH", at(a.begin()), {"name": "x"})
    ),
    "renamed unknown": Case(ONE, "patch", 404, lambda a: a.ask("PATCH", NOBODYS, {"name": "x"})),
    "renamed badly": Case(
        ONE, "patch", 422, lambda a: a.ask("PATCH", at(a.add()), {"name": "x" * 101})
    ),
    "renamed unreadably": Case(ONE, "patch", 422, lambda a: a.ask("PATCH", NOBODYS, **UNREADABLE)),
    "deleted": Case(ONE, "delete", 200, lambda a: a.ask("DELETE", at(a.add()))),
    "deleted unfinished": Case(ONE, "delete", 200, lambda a: a.ask("DELETE", at(a.begin()))),
    "deleted unknown": Case(ONE, "delete", 404, lambda a: a.ask("DELETE", NOBODYS)),
    "deleted from elsewhere": Case(
        ONE, "delete", 403, lambda a: a.ask("DELETE", at(a.add()), headers=ELSEWHERE)
    ),
    "created from elsewhere": Case(
        CREATE, "post", 403, lambda a: a.ask("POST", PASSKEYS, headers=ELSEWHERE)
    ),
    "verified": Case(ATTEMPT, "post", 200, attempted),
    "used already": Case(ATTEMPT, "post", 400, twice),
    "unreadable": Case(
        ATTEMPT,
        "post",
        400,
        lambda a: a.ask("POST", f"{NOBODYS}/attempt_verification", **UNREADABLE),
    ),
    "by nobody": Case(ATTEMPT, "post", 401, signed_out_attempt),
    "of nobody": Case(ATTEMPT, "post", 404, lambda a: a.attempt({"id": "idn_cunknown"}, {})),
    "not verified": Case(ATTEMPT, "post", 422, lambda a: attempted(a, flags=lambda _: 0x41)),
    "without strategy": Case(
        ATTEMPT, "post", 422, lambda a: a.attempt(a.begin(), {}, strategy=None)
    ),
    "without credential": Case(
        ATTEMPT, "post", 422, lambda a: a.attempt(a.begin(), {}, public_key_credential=None)
    ),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_answer_is_as_published(adas: Clerk, case: Case, version: str) -> None:
    answer = case.ask(adas)
    assert answer.status_code == case.status, answer.text
    assert case.status in statuses(version, case.path, case.method)
    assert faults(answer.json, version, case.path, case.method, case.status) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_too_many_passkeys_answer_as_published(make_app: MakeApp, version: str) -> None:
    adas = Clerk(Person(make_app(MAX_PASSKEYS_PER_USER=1), "ada").set_up())
    late = adas.begin()
    adas.add()
    refused = adas.ask("POST", PASSKEYS)
    assert (refused.status_code, faults(refused.json, version, CREATE, "post", 403)) == (403, [])
    refused = adas.attempt(late, adas.credential(late))
    assert (refused.status_code, faults(refused.json, version, ATTEMPT, "post", 403)) == (403, [])


@pytest.mark.parametrize("version", VERSIONS)
def test_the_client_and_its_sign_in_are_as_published(adas: Clerk, version: str) -> None:
    adas.add()
    shown = [adas.given("GET", "/v1/client")]
    adas.person.log_out()
    sign_in = {"strategy": "passkey", "identifier": "ada"}
    begun = adas.ask("POST", "/v1/client/sign_ins", sign_in).json or {}
    shown += [begun["client"], adas.given("GET", "/v1/client")]
    done = adas.finish(begun["response"], adas.assertion(begun["response"])).json or {}
    shown.append(done["client"])
    shown.append(adas.given("DELETE", "/v1/client/sessions"))
    for client in shown:
        assert object_faults(client, version, "Client.Client-2", "Client.Client") == []
    for attempt in (begun["response"], done["response"]):
        assert object_faults(attempt, version, "Client.SignIn-2", "Client.SignIn") == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_session_and_the_user_are_as_published(adas: Clerk, version: str) -> None:
    adas.add()
    session = adas.session()
    assert object_faults(session, version, "Client.Session-2", "Client.Session") == []
    touched = adas.given("POST", f"/v1/client/sessions/{session['id']}/touch")
    ended = adas.given("POST", f"/v1/client/sessions/{session['id']}/end")
    for each in (touched, ended):
        assert object_faults(each, version, "Client.Session-2", "Client.Session") == []
    adas.person.log_in()
    assert object_faults(adas.given("GET", "/v1/me"), version, "Client.User") == []


def test_the_validators_find_faults(adas: Clerk) -> None:
    answer = adas.ask("POST", PASSKEYS).json or {}
    broken = json.loads(json.dumps(answer))
    broken["response"]["name"] = None
    assert faults(broken, VERSIONS[0], CREATE, "post", 200) != []
    broken = json.loads(json.dumps(answer))
    broken["response"]["verification"]["object"] = "passkey"
    assert faults(broken, VERSIONS[0], CREATE, "post", 200) != []
    assert faults(answer | {"client": None}, VERSIONS[1], CREATE, "post", 200) != []
    assert faults({"errors": [{"code": "x"}]}, VERSIONS[0], CREATE, "post", 403) != []


def test_nullable_becomes_null_or_all_the_rest(database_url: str) -> None:
    schema = {"type": "string", "nullable": True, "enum": ["a"]}
    assert translated(schema) == {"anyOf": [{"type": "null"}, {"type": "string", "enum": ["a"]}]}
    assert translated({"type": "object", "nullable": False}) == {"type": "object"}
    property_of_that_name = {"properties": {"nullable": {"type": "string"}}}
    assert translated(property_of_that_name) == property_of_that_name
