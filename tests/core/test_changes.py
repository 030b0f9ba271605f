"""What a user changes is refused once what identified the caller has ended."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.core import administration, api_tokens
from app.storage import database
from tests.clerk.client import Clerk
from tests.people import ORIGIN, PASSKEYS, Person

Ask = Callable[[], TestResponse]
# It does what comes before the change, and returns what asks for the change.
Act = Callable[[Person], Ask]
ZIPLINES = "/api/user/mfa/passkey"
CLERKS = "/v1/me/passkeys"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MARKS: dict[str, Any] = {"pages": (), "zipline": pytest.mark.zipline, "clerk": pytest.mark.clerk}


def registration(ada: Person) -> dict[str, Any]:
    return ada.authenticator.create(ada.creation_options(), origin=ORIGIN)


def passkey(ada: Person) -> str:
    return str(ada.passkeys()[0]["id"])


def other_session() -> str:
    query = "SELECT id FROM sessions ORDER BY created_at LIMIT 1"
    return str(database.db.execute_sql(query).fetchone()[0])


def asks(method: str, path: str, body: Callable[[Person], Any] = lambda _: None) -> Act:
    """Return the act of one request, whose body may need others before."""

    def act(ada: Person) -> Ask:
        sent, where = body(ada), path.replace("{id}", passkey(ada))
        return lambda: ada.call(method, where, sent)

    return act


def asks_as_clerk(method: str, path: str, form: dict[str, str] | None = None) -> Act:
    def act(ada: Person) -> Ask:
        clerk = Clerk(ada)
        where = path.replace("{id}", f"idn_{passkey(ada)}")
        where = where.replace("{session}", f"sess_{other_session()}")
        where = where.replace("{begun}", clerk.begin()["id"] if "{begun}" in where else "")
        return lambda: clerk.ask(method, where, form)

    return act


def registers(ada: Person) -> Ask:
    # A registration belongs to the session, or the API token, that began it.
    def ask() -> TestResponse:
        options = ada.get(f"{ZIPLINES}/options").json
        response = ada.authenticator.create(options, origin=ORIGIN)
        return ada.post(ZIPLINES, {"response": response, "name": "New"})

    return ask


def finishes(ada: Person) -> Ask:
    clerk = Clerk(ada)
    begun = clerk.begin()
    form = {"strategy": "passkey", "public_key_credential": json.dumps(clerk.credential(begun))}
    return lambda: clerk.ask("POST", f"{CLERKS}/{begun['id']}/attempt_verification", form)


ACTS: dict[str, dict[str, Act]] = {
    "pages": {
        "add": asks("POST", PASSKEYS, lambda ada: {"response": registration(ada), "name": "New"}),
        "rename": asks("PATCH", f"{PASSKEYS}/{{id}}", lambda _: {"name": "Stolen"}),
        "delete": asks("DELETE", f"{PASSKEYS}/{{id}}"),
    },
    "zipline": {
        "add": registers,
        "rename": asks("PATCH", ZIPLINES, lambda ada: {"id": passkey(ada), "name": "Stolen"}),
        "delete": asks("DELETE", ZIPLINES, lambda ada: {"id": passkey(ada)}),
        "view": asks("PATCH", "/api/user", lambda _: {"view": {"enabled": True}}),
        "username": asks("PATCH", "/api/user", lambda _: {"username": "eve"}),
        "avatar": asks("PATCH", "/api/user", lambda _: {"avatar": "data:image/png;base64,AA=="}),
        "token": asks("PATCH", "/api/user/token"),
        "session": asks("DELETE", "/api/user/sessions", lambda _: {"sessionId": other_session()}),
        "sessions": asks("DELETE", "/api/user/sessions", lambda _: {"all": True}),
    },
    "clerk": {
        "begin": asks_as_clerk("POST", CLERKS),
        "finish": finishes,
        "rename": asks_as_clerk("PATCH", f"{CLERKS}/{{id}}", {"name": "Stolen"}),
        "delete": asks_as_clerk("DELETE", f"{CLERKS}/{{id}}"),
        "rename unfinished": asks_as_clerk("PATCH", f"{CLERKS}/{{begun}}", {"name": "Stolen"}),
        "delete unfinished": asks_as_clerk("DELETE", f"{CLERKS}/{{begun}}"),
        "revoke": asks_as_clerk("POST", "/v1/me/sessions/{session}/revoke"),
    },
}


def acts(*edges: str) -> list[Any]:
    return [
        pytest.param(act, id=f"{edge}-{name}", marks=MARKS[edge])
        for edge in edges
        for name, act in ACTS[edge].items()
    ]


def password_is_changed(ada: Person) -> None:
    new = "another good password"
    administration.set_password(administration.find("ada"), new, context=ada.context())


def account_is_disabled(ada: Person) -> None:
    query = "UPDATE users SET disabled_at = 1 WHERE username = 'ada'"
    database.db.execute_sql(query)


def session_is_ended(_: Person) -> None:
    newest = "SELECT max(created_at) FROM sessions"
    database.db.execute_sql(f"DELETE FROM sessions WHERE created_at = ({newest})")


def token_is_replaced(ada: Person) -> None:
    api_tokens.replace(administration.find("ada"), context=ada.context())


def kept() -> list[Any]:
    """Return all that a change could change."""
    queries = (
        "SELECT id, name FROM passkeys",
        "SELECT id, name FROM enrolments",
        "SELECT username, view, avatar, password_hash, token_digest, updated_at FROM users",
        "SELECT id FROM sessions",
    )
    return [sorted(map(str, database.db.execute_sql(query).fetchall())) for query in queries]


def refused_after(
    monkeypatch: pytest.MonkeyPatch, ask: Ask, happens: Callable[[], None]
) -> TestResponse:
    """Ask, with something happening between the identification and the transaction.

    Assert that the change is refused with a 401, and nothing is changed.
    """
    real, there = database.durable, []

    def durable() -> Any:
        monkeypatch.setattr(database, "durable", real)
        happens()
        there.append(kept())
        return real()

    monkeypatch.setattr(database, "durable", durable)
    answer = ask()
    assert (answer.status_code, [kept()]) == (401, there), answer.text
    return answer


@pytest.fixture
def ada(ada: Person) -> Person:
    """Somebody with a passkey and two sessions."""
    ada.add_passkey()
    assert Person(ada.app, "ada").log_in().status_code == 200
    database.db.execute_sql("UPDATE sessions SET created_at = created_at - 5000")
    assert ada.log_in().status_code == 200
    return ada


@pytest.mark.parametrize("act", acts("pages"))
def test_nothing_changes_once_the_password_has(
    ada: Person, monkeypatch: pytest.MonkeyPatch, act: Act
) -> None:
    refused_after(monkeypatch, act(ada), lambda: password_is_changed(ada))


# What the databases differ in is the transaction, which is the same for every act.
@on_sqlite
@pytest.mark.parametrize("act", acts("zipline", "clerk"))
def test_nothing_changes_in_a_dialect_once_the_password_has(
    ada: Person, monkeypatch: pytest.MonkeyPatch, act: Act
) -> None:
    refused_after(monkeypatch, act(ada), lambda: password_is_changed(ada))


@pytest.mark.parametrize("act", acts("pages"))
@pytest.mark.parametrize("happens", [account_is_disabled, session_is_ended])
def test_nothing_changes_once_the_session_has_ended(
    ada: Person, monkeypatch: pytest.MonkeyPatch, act: Act, happens: Callable[[Person], None]
) -> None:
    refused_after(monkeypatch, act(ada), lambda: happens(ada))


@pytest.mark.zipline
@pytest.mark.parametrize("happens", [password_is_changed, account_is_disabled, session_is_ended])
def test_the_password_stays_once_the_session_has_ended(
    ada: Person, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Person], None]
) -> None:
    # An API token cannot change it, so this is none of the acts above.
    act = asks("PATCH", "/api/user", lambda _: {"password": "one of a thief"})
    refused_after(monkeypatch, act(ada), lambda: happens(ada))


@on_sqlite
@pytest.mark.zipline
@pytest.mark.parametrize("act", acts("zipline"))
@pytest.mark.parametrize("happens", [account_is_disabled, token_is_replaced])
def test_nothing_changes_once_the_api_token_has_ended(
    ada: Person, monkeypatch: pytest.MonkeyPatch, act: Act, happens: Callable[[Person], None]
) -> None:
    ask, token, real = act(ada), ada.api_token(), ada.browser.open

    def with_token(*args: Any, **options: Any) -> TestResponse:
        options["headers"] = {**options["headers"], "Authorization": token}
        return real(*args, **options)

    ada.browser.delete_cookie("passline_session")
    monkeypatch.setattr(ada.browser, "open", with_token)
    refused_after(monkeypatch, ask, lambda: happens(ada))


@on_sqlite
@pytest.mark.parametrize("act", acts("pages", "zipline", "clerk"))
def test_what_a_session_in_force_changes_is_changed(ada: Person, act: Act) -> None:
    ask, before = act(ada), kept()
    assert ask().status_code == 200
    assert kept() != before
