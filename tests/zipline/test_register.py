"""/api/auth/register: who may register, by which name and password, and invites."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from app.core import invites
from tests.conftest import MakeApp
from tests.parallel import in_parallel
from tests.zipline.people import PASSWORD, Person
from tests.zipline.test_passkeys import refusal

Rows = Callable[..., list[tuple[Any, ...]]]


def register(person: Person, **members: Any) -> Any:
    body = {"username": person.username, "password": PASSWORD, **members}
    return person.post("/api/auth/register", body)


def invite(app: Any, **options: Any) -> str:
    return invites.create(**options, context=Person(app, "ada").context())


@pytest.fixture
def open_app(make_app: MakeApp) -> Any:
    """An app where anybody may register, and ada has."""
    app = make_app(REGISTRATION="open")
    Person(app, "ada").set_up()
    return app


@pytest.fixture
def invite_app(make_app: MakeApp) -> Any:
    """An app where the invited may register, and which ada has set up."""
    app = make_app(REGISTRATION="invite")
    Person(app, "ada").set_up()
    return app


def test_registering_signs_in_by_a_cookie_that_works(open_app: Any) -> None:
    eve = Person(open_app, "eve")
    answer = register(eve)
    assert (answer.status_code, list(answer.json or {})) == (200, ["user"])
    assert (eve.get("/api/user").json or {})["user"]["username"] == "eve"


def test_who_registers_after_the_first_is_an_ordinary_user(open_app: Any) -> None:
    assert (register(Person(open_app, "eve")).json or {})["user"]["role"] == "USER"


@pytest.mark.parametrize("registration", ["closed", "invite", "open"])
def test_the_first_account_can_always_register_and_is_superadmin(
    make_app: MakeApp, registration: str
) -> None:
    answer = register(Person(make_app(REGISTRATION=registration), "ada"))
    assert (answer.status_code, (answer.json or {})["user"]["role"]) == (200, "SUPERADMIN")


def test_of_many_who_register_as_the_first_on_a_closed_service_one_gets_in(
    app: Any, rows: Rows
) -> None:
    answers = in_parallel(lambda name: register(Person(app, name)), ["ann", "ben", "cid"])
    assert [answer.status_code for answer in answers].count(200) == 1
    assert rows("SELECT role FROM users") == [("SUPERADMIN",)]


def test_where_registration_is_closed_it_is_refused(ada: Person, stranger: Person) -> None:
    assert refusal(register(stranger)) == (400, 1037)


@pytest.mark.parametrize("registration", ["closed", "open"])
def test_a_code_where_invites_are_off_is_refused(make_app: MakeApp, registration: str) -> None:
    app = make_app(REGISTRATION=registration)
    Person(app, "ada").set_up()
    assert refusal(register(Person(app, "eve"), code="x")) == (400, 1036)


@pytest.mark.parametrize("code", [None, "", "wrong", "\0", "é" * 100], ids=repr)
def test_without_a_good_invite_registration_is_refused(invite_app: Any, code: str | None) -> None:
    assert refusal(register(Person(invite_app, "eve"), code=code)) == (400, 1035)


def test_an_invite_lets_one_person_register(invite_app: Any) -> None:
    code = invite(invite_app)
    assert register(Person(invite_app, "eve"), code=code).status_code == 200
    assert refusal(register(Person(invite_app, "fay"), code=code)) == (400, 1035)


def test_an_invite_is_used_as_often_as_it_says_however_many_try(
    invite_app: Any, rows: Rows
) -> None:
    code = invite(invite_app, max_uses=2)
    # A failure beyond the free ones would delay the others, so only a few try.
    names = ["eve", "fay", "gus", "hal"]
    answers = in_parallel(lambda name: register(Person(invite_app, name), code=code), names)
    registered = [answer.status_code for answer in answers].count(200)
    assert registered <= 2
    assert rows("SELECT uses FROM invites") == [(registered,)]


def test_an_invite_ends_with_its_days(invite_app: Any) -> None:
    code = invite(invite_app, days=1)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, seconds=1)):
        assert refusal(register(Person(invite_app, "eve"), code=code)) == (400, 1035)


def test_an_invite_is_not_used_up_by_a_registration_that_fails(invite_app: Any) -> None:
    code = invite(invite_app)
    assert refusal(register(Person(invite_app, "ada"), code=code)) == (400, 1039)
    assert register(Person(invite_app, "eve"), code=code).status_code == 200


@pytest.mark.parametrize(
    "members", [{"password": "short"}, {"username": "\0"}], ids=["password", "name"]
)
def test_a_refused_name_or_password_is_no_try_of_the_code(
    invite_app: Any, members: dict[str, str]
) -> None:
    eve, code = Person(invite_app, "eve"), invite(invite_app)
    for _ in range(8):
        assert refusal(register(eve, code=code, **members)) == (400, 1000)
    assert register(eve, code=code).status_code == 200


def test_an_attempt_that_there_is_no_place_to_judge_is_no_try_of_the_code(invite_app: Any) -> None:
    eve, code = Person(invite_app, "eve"), invite(invite_app)
    passwords = invite_app.extensions["passline"].passwords
    with passwords.place(), passwords.place():
        for _ in range(8):
            assert register(eve, code=code).status_code == 503
    assert register(eve, code=code).status_code == 200


def test_people_who_share_a_network_and_have_invites_are_not_throttled(invite_app: Any) -> None:
    code = invite(invite_app, max_uses=50)
    people = [Person(invite_app, f"eve{number}") for number in range(12)]
    assert [register(each, code=code).status_code for each in people] == [200] * 12


def test_guessing_invites_is_throttled(invite_app: Any) -> None:
    eve = Person(invite_app, "eve")
    statuses = [register(eve, code=f"guess {number}").status_code for number in range(7)]
    assert statuses == [400] * 6 + [429]


@pytest.mark.parametrize(
    "name", ["ada", "ADA", " Ada ", "ａｄａ"], ids=["same", "upper", "spaces", "full-width"]
)
def test_a_name_that_differs_only_in_case_or_form_is_taken(open_app: Any, name: str) -> None:
    assert refusal(register(Person(open_app, name))) == (400, 1039)


def test_names_are_unique_under_case_folding(open_app: Any) -> None:
    register(Person(open_app, "strasse"))
    assert refusal(register(Person(open_app, "STRAßE"))) == (400, 1039)


def test_of_many_who_ask_for_a_name_one_gets_it(open_app: Any, rows: Rows) -> None:
    answers = in_parallel(lambda name: register(Person(open_app, name)), ["eve", "EVE", "Eve"])
    assert [answer.status_code for answer in answers].count(200) == 1
    assert rows("SELECT count(*) FROM users") == [(2,)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  eve  ", "eve"),
        ("ｅｖｅ", "eve"),
        ("ﬁona", "fiona"),
        ("Zoë", "Zoë"),
        ("x", "x"),
        ("x" * 64, "x" * 64),
        ("李", "李"),
    ],
    ids=["trimmed", "full-width", "ligature", "composed", "shortest", "longest", "han"],
)
def test_a_name_is_kept_in_nfkc_and_trimmed(open_app: Any, typed: str, kept: str) -> None:
    assert (register(Person(open_app, typed)).json or {})["user"]["username"] == kept


@pytest.mark.parametrize(
    "name",
    [
        *("", "   ", "x" * 65, "a\0b", "a\nb", "a\x7fb", "a\u2028b", "a\u200bb", "a\u200db"),
        *("a\u202eb", "a\ufeffb", "a\u00adb", "a\ufe0fb", "a\u3164b", "a\u034fb"),
    ],
    ids=ascii,
)
def test_a_name_that_is_empty_too_long_or_holds_what_cannot_be_seen_is_refused(
    open_app: Any, name: str
) -> None:
    answer = register(Person(open_app, name))
    assert refusal(answer) == (400, 1000)
    assert (answer.json or {})["error"].startswith("E1000: username: ")


@pytest.mark.parametrize("password", ["", "x" * 7, "x" * 1025, "x" * 4097], ids=len)
def test_a_password_that_is_too_short_or_too_long_is_refused(open_app: Any, password: str) -> None:
    answer = register(Person(open_app, "eve"), password=password)
    assert refusal(answer) == (400, 1000)
    assert [issue["path"] for issue in (answer.json or {})["issues"]] == [["password"]]


@pytest.mark.parametrize(
    "password", ["x7!Kq2#z", "x" * 1024, "\U0001f511" * 8, "       x"], ids=len
)
def test_a_password_of_8_to_1024_characters_of_any_kind_serves(
    open_app: Any, password: str
) -> None:
    eve = Person(open_app, "eve")
    assert register(eve, password=password).status_code == 200
    assert eve.log_in(password).status_code == 200


@pytest.mark.parametrize("password", ["evelyn-eve", "EVELYN-EVE", " evelyn-eve "], ids=repr)
def test_the_username_is_no_password(open_app: Any, password: str) -> None:
    assert refusal(register(Person(open_app, "Evelyn-Eve"), password=password)) == (400, 1000)


def test_every_fault_is_told_at_once(open_app: Any) -> None:
    answer = register(Person(open_app, ""), password="short")
    paths = [issue["path"] for issue in (answer.json or {})["issues"]]
    assert paths == [["username"], ["password"]]
