"""Whose each answer to our pages is, and that no page acts for somebody else.

A page stays open while another person signs in with the same browser: it says for whom
it was made, by X-Passline-User, and reads in every answer whose that is.
"""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.storage import database
from tests.conftest import MakeApp, close_database
from tests.documented import Documented
from tests.people import API, PASSKEYS, Person

HEADER = "X-Passline-User"
sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def handle_of(person: Person) -> str:
    return str((person.get(PASSKEYS).json or {})["user"]["handle"])


def named(answer: TestResponse) -> Any:
    """Return the name of the user whose answer it is."""
    return (answer.json or {}).get("user", {}).get("username")


def ask(person: Person, method: str, path: str, body: Any, handle: str) -> TestResponse:
    """Make a request as a page of the user with this handle does."""
    return person.call(method, path, body, headers={HEADER: handle})


def changes(owner: Person) -> list[tuple[str, str, Any]]:
    """Return every request by which a page of the owner changes something."""
    passkey = f"{PASSKEYS}/{owner.passkeys()[0]['id']}"
    response = owner.authenticator.create(owner.creation_options(), origin="http://localhost:8000")
    return [
        ("POST", PASSKEYS, {"response": response, "name": "Another"}),
        ("PATCH", passkey, {"name": "Another"}),
        ("DELETE", passkey, None),
        ("POST", f"{API}/sign-out", {}),
    ]


@pytest.mark.parametrize("whose", ["adas", "bobs"])
def test_a_page_that_was_made_for_somebody_else_changes_nothing(
    ada: Person, bob: Person, whose: str
) -> None:
    ada.add_passkey("Laptop")
    bob.add_passkey("Phone")
    # What it asks for may even be right for whoever is signed in now.
    for method, path, body in changes(ada if whose == "adas" else bob):
        answer = ask(bob, method, path, body, handle_of(ada))
        assert (answer.status_code, (answer.json or {})["error"]) == (409, "another_user")
        assert named(answer) == "bob"
    assert bob.signed_in()
    assert [each["name"] for each in bob.passkeys()] == ["Phone"]
    assert [each["name"] for each in ada.passkeys()] == ["Laptop"]


def test_a_page_of_ones_own_changes_what_it_asks_for(ada: Person) -> None:
    ada.add_passkey("Laptop")
    handle = handle_of(ada)
    for method, path, body in changes(ada):
        answer = ask(ada, method, path, body, handle)
        assert (answer.status_code, named(answer)) == (200, "ada")
    assert not ada.signed_in()


def test_a_client_that_names_no_user_is_not_asked_for_one(ada: Person) -> None:
    ada.add_passkey("Laptop")
    for method, path, body in changes(ada):
        assert ada.call(method, path, body).status_code == 200


@sqlite
def test_somebody_elses_challenge_is_refused_without_the_header_too(
    ada: Person, bob: Person
) -> None:
    response = ada.authenticator.create(ada.creation_options(), origin="http://localhost:8000")
    answer = bob.finish_registration(response)
    assert (answer.status_code, (answer.json or {})["error"]) == (400, "challenge_unknown")
    assert named(answer) == "bob"


@sqlite
def test_who_is_not_signed_in_any_more_is_told_that_and_not_of_another_user(
    ada: Person, stranger: Person
) -> None:
    answer = ask(stranger, "POST", f"{API}/sign-out", {}, handle_of(ada))
    assert (answer.status_code, (answer.json or {})["error"]) == (401, "not_signed_in")
    assert "user" not in (answer.json or {})


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", f"{PASSKEYS}/x", {"name": "y"}, 400),
        ("PATCH", f"{PASSKEYS}/x", {}, 400),
        ("DELETE", f"{PASSKEYS}/x", None, 400),
        ("POST", PASSKEYS, {"response": {}, "name": "y"}, 400),
        ("POST", PASSKEYS, "text", 400),
        ("POST", PASSKEYS, None, 415),
    ],
)
def test_a_refusal_says_whose_it_is(
    ada: Person, method: str, path: str, body: Any, status: int
) -> None:
    answer = ada.call(method, path, body)
    assert (answer.status_code, named(answer)) == (status, "ada")


@sqlite
def test_a_throttled_request_says_whose_it_is(make_app: MakeApp) -> None:
    ada = Person(make_app(RATE_LIMITS="on"), "ada").set_up()
    answers = [ada.get(f"{PASSKEYS}/options") for _ in range(61)]
    assert (answers[-1].status_code, named(answers[-1])) == (429, "ada")


@sqlite
def test_what_is_answered_to_nobody_names_nobody(ada: Person, stranger: Person) -> None:
    for answer in (
        stranger.get(PASSKEYS),
        stranger.post(f"{API}/sign-in/password", {"username": "ada", "password": "wrong"}),
        stranger.post(f"{API}/setup", {}),
    ):
        assert answer.status_code >= 400
        assert "user" not in (answer.json or {})


def test_a_database_that_is_away_is_not_asked_whose_the_refusal_is(
    ada: Person, database_url: str, tmp_path: Path
) -> None:
    close_database()
    if database_url.startswith("sqlite"):
        (tmp_path / "passline.db").rename(tmp_path / "away.db")
        (tmp_path / "passline.db").mkdir()  # SQLite can open no folder
    else:
        database.bind("postgresql://127.0.0.1:1/nowhere?connect_timeout=2")
    for method, path in (("GET", PASSKEYS), ("POST", f"{API}/sign-out"), ("POST", f"{API}/setup")):
        answer = ada.call(method, path, ada.credentials())
        assert (answer.status_code, set(answer.json or {})) == (503, {"error", "message"})


@sqlite
def test_the_page_of_passkeys_says_for_whom_it_was_made(ada: Person, stranger: Person) -> None:
    page = ada.get("/passkeys").text
    assert f'data-user="{handle_of(ada)}"' in page
    assert 'data-username="ada"' in page
    assert "data-user" not in stranger.get("/login").text


@sqlite
def test_every_operation_of_our_pages_documents_the_header_and_its_refusal(app: Flask) -> None:
    own = [
        operation
        for path, _, operation in Documented(app).operations()
        if path.startswith(f"{API}/")
    ]
    assert len(own) >= 10
    for operation in own:
        assert HEADER in [each["name"] for each in operation["parameters"]]
        refusal = operation["responses"]["409"]["content"]["application/json"]
        assert "another_user" in refusal["examples"]
