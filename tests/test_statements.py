"""The hot statements: values are passed by name, in whatever order the fields are."""

from typing import Any

import pytest
from flask import Flask
from peewee import Query

from app.storage import audit_statements, mfa_statements, statements
from app.storage.database import db
from app.storage.models import Passkey, Session
from app.storage.statement import Named, Statement, insert, value
from app.storage.statements import PASSKEY_USED
from tests.people import Person

EVERY = {
    name: each
    for module in (statements, mfa_statements, audit_statements)
    for name, each in vars(module).items()
    if isinstance(each, Statement)
}


def test_there_are_statements() -> None:
    assert len(EVERY) >= 30


@pytest.mark.parametrize("name", EVERY)
def test_every_value_of_a_statement_has_a_name(app: Flask, name: str) -> None:
    _, places = EVERY[name]._build().sql()
    assert places
    assert all(isinstance(each, Named) for each in places)


@pytest.mark.parametrize("name", EVERY)
def test_a_value_that_is_missing_unknown_or_without_a_name_is_refused(
    app: Flask, name: str
) -> None:
    given = {each.name: None for each in EVERY[name]._build().sql()[1]}
    missing = dict(list(given.items())[1:])
    for wrong in (missing, given | {"more": 1}):
        with pytest.raises(TypeError, match="the statement takes"):
            EVERY[name].one(**wrong)
    with pytest.raises(TypeError):
        EVERY[name].one(*given.values())  # type: ignore[call-arg]  # what is refused


def test_a_field_that_moves_swaps_nothing(ada: Person, rows: Any) -> None:
    ada.add_passkey("Laptop")
    columns = [field.column_name for field in Passkey._meta.sorted_fields]
    every = f"SELECT {', '.join(columns)} FROM passkeys"
    [row] = rows(every)
    kept = dict(zip(columns, row, strict=True))
    fields = Passkey._meta.sorted_fields
    moved = Statement(lambda: insert(Passkey))
    try:
        Passkey._meta.sorted_fields = fields[::-1]  # the first column is now the last
        Passkey.delete().execute()
        moved.run(**kept)
    finally:
        Passkey._meta.sorted_fields = fields
    [again] = rows(every)
    assert dict(zip(columns, again, strict=True)) == kept


def test_conditions_that_are_written_in_another_order_swap_nothing(ada: Person, rows: Any) -> None:
    ada.add_passkey("Laptop")
    [held] = rows("SELECT user_id, id, sign_count FROM passkeys")

    def other_way_round() -> Query:
        changes = {
            Passkey.last_used_at: value("now"),
            Passkey.updated_at: value("now"),
            Passkey.backed_up: value("backed_up"),
            Passkey.sign_count: value("sign_count"),
        }
        held = (
            Passkey.sign_count == value("old_sign_count"),
            Passkey.id == value("id"),
            Passkey.user == value("user_id"),
        )
        return Passkey.update(changes).where(*held).returning(Passkey.id)

    user_id, passkey_id, count = held
    for statement, now in ((PASSKEY_USED, 7), (Statement(other_way_round), 8)):
        given = {
            "sign_count": count + now,
            "backed_up": False,
            "now": now,
            "user_id": user_id,
            "id": passkey_id,
            "old_sign_count": rows("SELECT sign_count FROM passkeys")[0][0],
        }
        assert statement.change(**given) == (passkey_id,)
        told = "SELECT sign_count, last_used_at, updated_at FROM passkeys"
        assert rows(told) == [(count + now, now, now)]


def test_a_statement_is_made_anew_for_another_database(app: Flask) -> None:
    statement = Statement(lambda: Session.select(Session.id).where(Session.user == value("user")))
    assert statement.all(user="nobody") == []
    text = statement._text
    bound, statement._database = statement._database, object()
    assert statement.all(user="nobody") == []
    assert (statement._text, statement._database) == (text, bound)
    assert bound is db.obj
