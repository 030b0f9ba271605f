"""Which field of a form a refusal is about, so that the page can say it there."""

import pytest

from tests.conftest import MakeApp
from tests.people import API, PASSWORD, Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("registration", "body", "error", "field"),
    [
        ("open", {"username": "ADA"}, "username_taken", "username"),
        ("invite", {"username": "eve", "code": "wrong"}, "invite_invalid", "code"),
        ("invite", {"username": "eve"}, "invite_invalid", "code"),
    ],
    ids=["taken", "wrong", "left-out"],
)
def test_a_refusal_about_one_field_names_it(
    make_app: MakeApp, registration: str, body: dict[str, str], error: str, field: str
) -> None:
    app = make_app(REGISTRATION=registration)
    Person(app, "ada").set_up()
    answer = Person(app, "eve").post(f"{API}/registration", body | {"password": PASSWORD})
    said = answer.json or {}
    assert (answer.status_code, said["error"]) == (400, error)
    assert said["fields"] == {field: said["message"]}


@pytest.mark.parametrize(
    ("registration", "code", "error"),
    [("closed", None, "registration_closed"), ("open", "x", "invites_off")],
)
def test_a_refusal_about_no_field_names_none(
    make_app: MakeApp, registration: str, code: str | None, error: str
) -> None:
    app = make_app(REGISTRATION=registration)
    Person(app, "ada").set_up()
    body = {"username": "eve", "password": PASSWORD, "code": code}
    said = Person(app, "eve").post(f"{API}/registration", body).json or {}
    assert (said["error"], "fields" in said) == (error, False)


def test_a_wrong_password_marks_no_field_lest_it_says_which_of_the_two_was_wrong(
    ada: Person,
) -> None:
    said = ada.log_in("not her password").json or {}
    assert (said["error"], "fields" in said) == ("wrong_password", False)
