"""What is measured: operations, each of which costs what all its requests cost."""

import json
import random
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple
from urllib.parse import urlencode

from bench.http11 import Connection
from tests.authenticator import Authenticator, Credential

PASSKEY = "/api/user/mfa/passkey"
PASSWORD = "correct horse battery staple"
DEVICE = "passline_device"


class Person(NamedTuple):
    """An account of the population, with its authenticator."""

    username: str
    authenticator: Authenticator
    credential: Credential | None
    origin: str


class Operation(NamedTuple):
    """A function, and the number of its requests; each adds its time to the list."""

    run: Callable[[Connection, Person, list[float]], None]
    requests: int = 1


def _ask(
    connection: Connection, latencies: list[float], method: str, path: str, body: Any = None
) -> Any:
    raw = json.dumps(body).encode() if body is not None else b""
    begun = perf_counter()
    answer = connection.ask(method, path, raw)
    latencies.append(perf_counter() - begun)
    if answer.status != 200:
        raise RuntimeError(f"{method} {path}: {answer.status} {answer.body[:300]!r}")
    return json.loads(answer.body)


def _bare(connection: Connection, _: Person, latencies: list[float]) -> None:
    """GET the bare route."""
    _ask(connection, latencies, "GET", "/bare")


def list_passkeys(connection: Connection, _: Person, latencies: list[float]) -> None:
    """GET the list of passkeys."""
    _ask(connection, latencies, "GET", PASSKEY)


def user(connection: Connection, _: Person, latencies: list[float]) -> None:
    """GET the User."""
    _ask(connection, latencies, "GET", "/api/user")


def sign_out(connection: Connection) -> None:
    """Forget all cookies but the device's, which browsers keep."""
    kept = {name: value for name, value in connection.cookies.items() if name == DEVICE}
    connection.cookies = kept


def sign_in(connection: Connection, person: Person, latencies: list[float]) -> None:
    """Get options, send a fresh assertion: two requests, from a signed-out browser."""
    sign_out(connection)
    options = _ask(connection, latencies, "GET", "/api/auth/webauthn/options")["options"]
    known = {"origin": person.origin, "credential": person.credential}
    assertion = person.authenticator.get(options, **known)
    _ask(connection, latencies, "POST", "/api/auth/webauthn", {"response": assertion})


def register_and_delete(connection: Connection, person: Person, latencies: list[float]) -> None:
    """Get options, send a fresh credential, and delete it: three requests."""
    options = _ask(connection, latencies, "GET", f"{PASSKEY}/options")
    credential = Authenticator().create(options, origin=person.origin)
    body = {"response": credential, "name": f"{random.random()}"}
    stored = _ask(connection, latencies, "POST", PASSKEY, body)
    newest = next(each for each in stored["passkeys"] if each["reg"]["id"] == credential["id"])
    _ask(connection, latencies, "DELETE", PASSKEY, {"id": newest["id"]})


def clerk_passkey(connection: Connection, person: Person, latencies: list[float]) -> None:
    """Run Clerk's create, attempt and delete: three requests.

    They are forms, and every answer holds the client with its user.
    """
    created = _form(connection, latencies, "/v1/me/passkeys")["response"]
    options = json.loads(created["verification"]["nonce"])
    credential = json.dumps(Authenticator().create(options, origin=person.origin))
    path = f"/v1/me/passkeys/{created['id']}"
    attempt = {"strategy": "passkey", "public_key_credential": credential}
    _form(connection, latencies, f"{path}/attempt_verification", **attempt)
    _form(connection, latencies, f"{path}?_method=DELETE")


def _form(connection: Connection, latencies: list[float], path: str, **fields: str) -> Any:
    form, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
    begun = perf_counter()
    answer = connection.ask("POST", path, form, kind)
    latencies.append(perf_counter() - begun)
    if answer.status != 200:
        raise RuntimeError(f"POST {path}: {answer.status} {answer.body[:300]!r}")
    return json.loads(answer.body)


def password_login(connection: Connection, person: Person, latencies: list[float]) -> None:
    """Sign in by password: one request, nearly all of it Argon2."""
    sign_out(connection)
    body = {"username": person.username, "password": PASSWORD}
    _ask(connection, latencies, "POST", "/api/auth/login", body)


def step_up(connection: Connection, person: Person, latencies: list[float]) -> None:
    """Confirm by passkey who it is: two requests, and a new token for the session."""
    options = _ask(connection, latencies, "GET", "/api/user/verify/options")["options"]
    known = {"origin": person.origin, "credential": person.credential}
    assertion = person.authenticator.get(options, **known)
    _ask(connection, latencies, "POST", "/api/user/verify", {"response": assertion})


BARE = Operation(_bare)
STEP_UP = Operation(step_up, requests=2)  # not among those that every version has
SIGN_IN = Operation(sign_in, requests=2)
PASSWORD_LOGIN = Operation(password_login)
OPERATIONS = {
    "list": Operation(list_passkeys),
    "user": Operation(user),
    "sign-in": SIGN_IN,
    "register + delete": Operation(register_and_delete, requests=3),
    "Clerk create + attempt + delete": Operation(clerk_passkey, requests=3),
    "password login": PASSWORD_LOGIN,
}
