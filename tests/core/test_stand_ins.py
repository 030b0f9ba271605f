"""The stored hash that an unknown name is compared with: its time tells nothing."""

from collections import Counter

import pytest
from flask import Flask

from app.core import accounts, administration, signin, text
from app.core.accounts import Newcomer
from app.storage import database
from app.storage.models import User
from app.storage.statements import DRAWN_PASSWORD_HASH
from tests.conftest import MakeApp
from tests.people import PASSWORD, Person

OLD, NEW = "m=8,t=1,p=1", "m=16,t=2,p=1"
UNKNOWN = [f"nobody {number}" for number in range(200)]


def compared(name: str) -> str:
    """Return the parameters of the hash that this name's password is verified with."""
    keys = text.username_keys(name)
    found = signin._compared(signin._find(keys), keys[-1])
    assert found is not None
    return found.split("$")[3]


def populate(app: Flask, *names: str) -> None:
    """Make accounts with today's parameters."""
    with app.app_context():
        service = app.extensions["passline"]
        for name in names:
            User.insert(
                accounts.new_row(Newcomer(name, PASSWORD), service) | {"role": "USER"}
            ).execute()


@pytest.fixture
def mixed(make_app: MakeApp) -> Flask:
    """Fifteen accounts from before the parameters changed, and five from after."""
    populate(make_app(ARGON2=OLD), *(f"old {number}" for number in range(15)))
    app = make_app(ARGON2=NEW)
    populate(app, *(f"new {number}" for number in range(5)))
    return app


def test_right_after_a_change_an_unknown_name_takes_as_long_as_everybody(make_app: MakeApp) -> None:
    populate(make_app(ARGON2=OLD), "ada", "bob")
    make_app(ARGON2=NEW)
    assert {compared(name) for name in ("ada", "bob", *UNKNOWN)} == {OLD}


def test_among_several_parameters_unknown_names_are_spread_as_accounts_are(mixed: Flask) -> None:
    spread = Counter(compared(name) for name in UNKNOWN)
    assert set(spread) == {OLD, NEW}
    assert spread[OLD] > spread[NEW] / 2  # random, by the gaps between twenty random handles


def test_a_name_always_gets_the_same_in_every_spelling(mixed: Flask) -> None:
    for name in UNKNOWN[:20]:
        assert len({compared(each) for each in (name, name.upper(), f" {name}\u200b")}) == 1
    hashes = {name: _drawn(name) for name in UNKNOWN}
    assert hashes == {name: _drawn(name) for name in UNKNOWN}


def _drawn(name: str) -> str | None:
    keys = text.username_keys(name)
    return signin._compared(None, keys[-1])


def test_it_is_not_a_neighbours(mixed: Flask) -> None:
    # Else a difference between two such names would show that one is somebody's.
    near = Counter(_drawn(f"old 0{suffix}") for suffix in "abcdefghijklmnopqrstuvwxyz0123456789")
    assert len(near) >= 5


def test_a_known_name_is_compared_with_its_own(mixed: Flask) -> None:
    assert {compared(f"old {number}") for number in range(15)} == {OLD}
    assert {compared(f"new {number}") for number in range(5)} == {NEW}


def test_an_account_without_a_password_is_as_an_unknown_name(mixed: Flask) -> None:
    names = UNKNOWN[:40]
    before = {name: compared(name) for name in names}
    for name in names:
        row = accounts.new_row(Newcomer(name, PASSWORD), mixed.extensions["passline"])
        User.insert(row | {"role": "USER", "password_hash": None}).execute()
    assert {name: compared(name) for name in names} == before
    assert Person(mixed, names[0]).log_in().status_code == 400


def test_disabling_an_account_changes_nothing_and_its_right_password_makes_no_new_hash(
    mixed: Flask,
) -> None:
    person = Person(mixed, "old 3")
    hashed = User.get(User.username == "old 3").password_hash
    administration.set_role(administration.find("new 0"), "SUPERADMIN", context=person.context())
    administration.disable(administration.find("old 3"), context=person.context())
    assert compared("old 3") == OLD
    assert person.log_in().status_code == 400
    assert User.get(User.username == "old 3").password_hash == hashed


def test_the_right_password_of_the_account_that_was_drawn_signs_nobody_in(ada: Person) -> None:
    stranger = Person(ada.app, "nobody")
    assert _drawn("nobody") == User.get().password_hash
    assert stranger.log_in(PASSWORD).status_code == 400


def test_after_success_the_hash_is_made_anew(mixed: Flask) -> None:
    assert Person(mixed, "old 7").log_in().status_code == 200
    assert compared("old 7") == NEW


def test_with_no_account_at_all_a_sign_in_is_refused_as_ever(stranger: Person) -> None:
    assert DRAWN_PASSWORD_HASH.one(digest=b"x") == (None,)
    assert stranger.log_in().status_code == 400


def test_known_and_unknown_names_run_the_same_statements(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def statements(name: str) -> list[str]:
        seen: list[str] = []
        real = database.db.obj.execute_sql

        def listen(sql: str, params: object = None) -> object:
            seen.append(sql)
            return real(sql, params)

        with monkeypatch.context() as patched:
            patched.setattr(database.db.obj, "execute_sql", listen)
            Person(ada.app, name).log_in("not her password")
        return seen

    statements("ada"), statements("bob")  # the first failures insert what others update
    assert statements("ada") == statements("bob")


def test_the_draw_uses_the_index(app: Flask) -> None:
    names = [f"user {number}" for number in range(30)]
    populate(app, *names)
    text_of, _ = DRAWN_PASSWORD_HASH._build().sql()
    if "?" in text_of:
        plan = database.db.execute_sql(f"EXPLAIN QUERY PLAN {text_of}", (b"x",)).fetchall()
    else:
        database.db.execute_sql("SET enable_seqscan = off")  # thirty rows are quicker read whole
        plan = database.db.execute_sql(f"EXPLAIN {text_of}", (b"x",)).fetchall()
        database.db.execute_sql("SET enable_seqscan = on")
    assert str(plan).count("users_user_handle") == 2
