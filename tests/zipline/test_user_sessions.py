"""/api/user/sessions: list sessions, end one, end all others."""

from typing import Any

import pytest
import time_machine

from app.core import sessions
from app.core.mfa.proofs import Proved
from app.storage.models import User
from tests.conftest import MakeApp
from tests.zipline.people import Person
from tests.zipline.test_passkeys import refusal

SESSIONS = "/api/user/sessions"
START = "2026-03-01T00:00:00+00:00"
FIREFOX = "Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"


@pytest.fixture
def phone(ada: Person) -> Person:
    """The same person, signed in on another device."""
    phone = Person(ada.app, "ada")
    phone.log_in(headers={"User-Agent": FIREFOX})
    return phone


def listed(person: Person) -> dict[str, Any]:
    return dict(person.get(SESSIONS).json or {})


def test_the_current_session_is_told_apart_from_the_others(ada: Person, phone: Person) -> None:
    mine, theirs = listed(ada), listed(phone)
    assert mine["other"] == [theirs["current"]]
    assert theirs["other"] == [mine["current"]]


def test_people_see_only_their_own_sessions(ada: Person, bob: Person) -> None:
    mine, theirs = listed(ada), listed(bob)
    ids = [each["id"] for each in (theirs["current"], *theirs["other"])]
    assert mine["current"]["id"] not in ids


def test_a_session_names_its_program_and_device(ada: Person, phone: Person) -> None:
    [session] = listed(ada)["other"]
    assert (session["client"], session["device"]) == ("Firefox Mobile 145", "Android")


def test_another_session_can_be_ended(ada: Person, phone: Person) -> None:
    [other] = listed(ada)["other"]
    answer = ada.call("DELETE", SESSIONS, {"sessionId": other["id"]})
    assert (answer.status_code, (answer.json or {})["other"]) == (200, [])
    assert (ada.signed_in(), phone.signed_in()) == (True, False)


def test_all_other_sessions_can_be_ended(ada: Person, phone: Person, bob: Person) -> None:
    answer = ada.call("DELETE", SESSIONS, {"all": True})
    assert (answer.status_code, (answer.json or {})["other"]) == (200, [])
    assert (ada.signed_in(), phone.signed_in(), bob.signed_in()) == (True, False, True)


def test_the_current_session_cannot_be_ended_here(ada: Person) -> None:
    answer = ada.call("DELETE", SESSIONS, {"sessionId": listed(ada)["current"]["id"]})
    assert refusal(answer) == (400, 1021)
    assert ada.signed_in()


@pytest.mark.parametrize(
    "body", [{"sessionId": "c" * 25}, {"sessionId": "\0"}, {"sessionId": ""}, {}], ids=repr
)
def test_an_unknown_session_cannot_be_ended(
    ada: Person, phone: Person, body: dict[str, Any]
) -> None:
    assert refusal(ada.call("DELETE", SESSIONS, body)) == (400, 1031)
    assert phone.signed_in()


def test_another_users_session_is_answered_like_an_unknown_one(ada: Person, bob: Person) -> None:
    handle = listed(ada)["current"]["id"]
    assert refusal(bob.call("DELETE", SESSIONS, {"sessionId": handle})) == (400, 1031)
    assert ada.signed_in()


@pytest.mark.parametrize(
    "body", [{"sessionId": 1}, {"sessionId": ["x"]}, {"all": "perhaps"}, {"all": None}], ids=repr
)
def test_a_body_of_wrong_types_is_refused(ada: Person, body: dict[str, Any]) -> None:
    assert refusal(ada.call("DELETE", SESSIONS, body)) == (400, 1000)


def test_an_api_token_has_no_current_session_and_can_end_them_all(
    ada: Person, stranger: Person
) -> None:
    headers = {"Authorization": (ada.get("/api/user/token").json or {})["token"]}
    body = stranger.get(SESSIONS, headers=headers).json or {}
    assert (body["current"], len(body["other"])) == (None, 1)
    answer = stranger.call("DELETE", SESSIONS, {"all": True}, headers=headers)
    assert answer.json == {"current": None, "other": []}
    assert not ada.signed_in()


def test_a_session_that_ended_as_idle_is_in_no_list(make_app: MakeApp) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = Person(make_app(SESSION_IDLE=120), "ada").set_up()
        assert Person(person.app, "ada").log_in().status_code == 200
        others = []
        for _ in range(3):
            others.append(len((person.get("/api/user/sessions").json or {})["other"]))
            clock.shift(60)
        assert others == [1, 1, 0]
        assert len((person.get("/api/user").json or {})["user"]["sessions"]) == 1


def test_the_current_session_is_listed_as_just_seen_however_many_came_after_it(
    make_app: MakeApp,
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = Person(make_app(), "ada").set_up()
        clock.shift(3600)
        [user_id] = [row.id for row in User.select(User.id)]
        context = person.context()
        for _ in range(99):
            sessions.start(user_id, Proved(("pwd",)), context=context)
        listed = person.get("/api/user/sessions").json or {}
    assert listed["current"]["lastSeenAt"] == "2026-03-01T01:00:00.000Z"
    assert len(listed["other"]) == 99


def test_an_expired_session_is_not_listed(make_app: MakeApp) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = Person(make_app(SESSION_LIFETIME="1h"), "ada").set_up()
        clock.shift(3600)
        person.log_in()
        assert (person.get("/api/user/sessions").json or {})["other"] == []
