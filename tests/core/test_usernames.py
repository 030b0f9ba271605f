"""Usernames: what cannot be seen, and runs of spaces, do not count in a look-up."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.core import accounts, administration, text
from app.core.account_errors import AccountUnknown, UsernameTaken
from app.core.accounts import Newcomer
from app.storage import database
from app.storage.models import User
from tests.conftest import MakeApp
from tests.people import API, PASSWORD, Person

Rows = Callable[..., list[tuple[Any, ...]]]

PASTED = [
    *("\u200bada lovelace", "ada lovelace\ufeff", "ada\u200d lovelace", "a\u00adda lovelace"),
    *("ada  lovelace", "ada \u00a0\u2003lovelace", "ada\u3000lovelace", "ada \u200b lovelace"),
    *("ADA\tLovelace", "ada lov\u034felace", "ada\ufe0f lovelace", "\u2060 ada lovelace \u200e"),
]


@pytest.fixture
def lovelace(app: Flask) -> Person:
    """An account whose name has a space, signed out."""
    return Person(Person(app, "Ada Lovelace").set_up().app, "Ada Lovelace")


@pytest.mark.parametrize("pasted", PASTED, ids=ascii)
def test_a_name_signs_in_however_it_was_pasted(lovelace: Person, pasted: str) -> None:
    lovelace.username = pasted
    assert lovelace.log_in().status_code == 200


@pytest.mark.parametrize("pasted", PASTED, ids=ascii)
def test_commands_find_it_too(lovelace: Person, pasted: str) -> None:
    assert administration.find(pasted).username == "Ada Lovelace"
    assert [each.username for each in administration.every(search=pasted)] == ["Ada Lovelace"]


def test_a_search_for_nothing_that_can_be_seen_finds_all(lovelace: Person) -> None:
    assert len(administration.every(search="\u200b ")) == 1


@pytest.mark.parametrize("other", ["adalovelace", "ada-lovelace", "ada love lace"])
def test_a_space_still_counts(lovelace: Person, other: str) -> None:
    with pytest.raises(AccountUnknown):
        administration.find(other)


def test_a_new_name_has_single_spaces_and_is_taken_by_any_number(make_app: MakeApp) -> None:
    app = make_app(REGISTRATION="open")
    Person(app, " Ada \u2003  Lovelace ").set_up()
    assert User.get().username == "Ada Lovelace"
    twin = Person(app, "ada   lovelace")
    answer = twin.post(f"{API}/registration", twin.credentials())
    assert (answer.json or {})["error"] == UsernameTaken.code


@pytest.mark.parametrize("name", ["ada\u200b", "\ufeffada", "a\u00adda", "ada \u2800 x"], ids=ascii)
def test_a_new_name_with_what_cannot_be_seen_is_refused(app: Flask, name: str) -> None:
    person = Person(app, name)
    answer = person.post(f"{API}/setup", person.credentials())
    assert (answer.json or {})["fields"] == {"username": "Leave out invisible characters."}


@pytest.mark.parametrize("password", ["ada  lovelace", "Ada\u200b Lovelace", "ada lovelace\ufeff"])
def test_the_username_with_what_does_not_count_is_no_password(app: Flask, password: str) -> None:
    person = Person(app, "Ada Lovelace")
    person.password = password
    answer = person.post(f"{API}/setup", person.credentials())
    assert "username" in (answer.json or {})["fields"]["password"]


@given(st.text())
def test_the_key_of_a_key_is_the_key(name: str) -> None:
    key = text.username_key(name)
    assert text.username_key(text.username(name)) == key
    assert text.username_fault(key) is None or not key or len(key) > 64 or not key.isprintable()


def older(app: Flask, *names: str) -> None:
    """Make accounts as the version before did, whose keys keep runs of spaces."""
    for number, name in enumerate(names):
        row = accounts.new_row(Newcomer(f"user {number}", PASSWORD), app.extensions["passline"])
        row |= {"username": name, "username_key": name.casefold(), "role": "USER"}
        User.insert(row | {"created_at": number}).execute()


def upgrade() -> None:
    """Upgrade the database once more from the version before."""
    database.db.execute_sql("DELETE FROM schema_migrations WHERE name = '0005_username_keys'")
    database.db.execute_sql("DROP INDEX users_user_handle")
    assert database.upgrade() == ["0005_username_keys"]


def test_an_upgrade_finds_the_accounts_whose_keys_had_several_spaces(app: Flask) -> None:
    older(app, "Ada  Lovelace", "bob", "Cy  \u1680 Doe")
    upgrade()
    keys = [row.username_key for row in User.select().order_by(User.created_at)]
    assert keys == ["ada lovelace", "bob", "cy doe"]
    for name in ("Ada  Lovelace", "ada lovelace", "ada    lovelace", "bob", "cy doe"):
        assert Person(app, name).log_in().status_code == 200, name


def test_accounts_that_differ_in_spaces_alone_all_sign_in_after_an_upgrade(app: Flask) -> None:
    names = ("ada   x", "ada  x", "ada x")
    older(app, *names)
    upgrade()
    for name in names:
        answer = Person(app, name).log_in()
        assert (answer.json or {})["user"]["username"] == name
        assert administration.find(name).username == name


def test_of_two_that_would_get_one_key_the_older_gets_it(app: Flask, rows: Rows) -> None:
    older(app, "ada   x", "ada  x")
    upgrade()
    assert rows("SELECT username_key FROM users ORDER BY created_at") == [("ada x",), ("ada  x",)]
    for name in ("ada   x", "ada  x"):
        answer = Person(app, name).log_in()
        assert (answer.json or {})["user"]["username"] == name
