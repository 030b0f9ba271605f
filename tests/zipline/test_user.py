"""/api/user and /api/user/token: what people may change, and their API token."""

from collections.abc import Callable
from typing import Any

import pytest

from app.core import profile, session_ends, sessions
from app.core.signin import _admitted
from app.errors import SessionInvalid
from app.storage.models import Session, User
from tests.zipline.people import PASSWORD, Person
from tests.zipline.test_passkeys import refusal

NEW = "a rather different passphrase"
Rows = Callable[..., list[tuple[Any, ...]]]


def change(person: Person, **changes: Any) -> Any:
    return person.call("PATCH", "/api/user", changes)


def user_of(answer: Any) -> dict[str, Any]:
    return dict((answer.json or {})["user"])


def token_of(person: Person) -> str:
    return str((person.get("/api/user/token").json or {})["token"])


def test_get_gives_the_user_under_user(ada: Person) -> None:
    answer = ada.get("/api/user")
    assert list(answer.json or {}) == ["user"]
    assert user_of(answer)["username"] == "ada"


def test_a_new_username_is_shown_and_serves_to_sign_in(ada: Person) -> None:
    assert user_of(change(ada, username="  Ada.L  "))["username"] == "Ada.L"
    ada.username = "ada.l"
    assert ada.log_in().status_code == 200


def test_the_old_username_is_free_again(ada: Person) -> None:
    change(ada, username="lovelace")
    ada.username = "ada"
    assert refusal(ada.log_in()) == (400, 1044)


def test_the_case_of_ones_own_username_can_be_changed(ada: Person) -> None:
    assert user_of(change(ada, username="ADA"))["username"] == "ADA"


def test_another_users_name_cannot_be_taken(ada: Person, bob: Person) -> None:
    assert refusal(change(bob, username="Ada")) == (400, 1039)
    assert user_of(bob.get("/api/user"))["username"] == "bob"


@pytest.mark.parametrize("name", ["", "x" * 65, "a\0b", "a\u200bb", None, 1], ids=ascii)
def test_an_impossible_username_is_refused(ada: Person, name: Any) -> None:
    assert refusal(change(ada, username=name)) == (400, 1000)


def test_the_avatar_can_be_set_and_removed(ada: Person) -> None:
    image = "data:image/png;base64,AAAA"
    assert user_of(change(ada, avatar=image))["avatar"] == image
    assert user_of(change(ada, avatar=None))["avatar"] is None


@pytest.mark.parametrize(
    "avatar", ["a\0b", 1, ["x"], "x" * (48 * 1024 + 1)], ids=["NUL", "number", "list", "long"]
)
def test_an_impossible_avatar_is_refused(ada: Person, avatar: Any) -> None:
    assert refusal(change(ada, avatar=avatar)) == (400, 1000)


def test_the_members_of_view_are_merged(ada: Person) -> None:
    change(ada, view={"enabled": True, "content": "hello"})
    view = user_of(change(ada, view={"content": "bye", "align": "left"}))["view"]
    assert view == {"enabled": True, "content": "bye", "align": "left"}


def test_unknown_members_of_view_are_dropped(ada: Person) -> None:
    assert user_of(change(ada, view={"enabled": True, "script": "x"}))["view"] == {"enabled": True}


@pytest.mark.parametrize(
    "view", [[], "x", {"align": "middle"}, {"enabled": "perhaps"}, {"content": 1}], ids=repr
)
def test_an_impossible_view_is_refused(ada: Person, view: Any) -> None:
    assert refusal(change(ada, view=view)) == (400, 1000)


def test_a_view_may_hold_any_text(ada: Person) -> None:
    assert user_of(change(ada, view={"content": "\0\n‮"}))["view"] == {"content": "\0\n‮"}


def test_role_and_other_unknown_members_cannot_be_changed(bob: Person) -> None:
    before = user_of(bob.get("/api/user"))
    after = user_of(change(bob, role="SUPERADMIN", id="c" * 25, quota={}, totpSecret="x"))
    assert {**after, "updatedAt": 0} == {**before, "updatedAt": 0}


def test_a_change_by_api_token_is_as_good(ada: Person, stranger: Person) -> None:
    headers = {"Authorization": token_of(ada)}
    answer = stranger.call("PATCH", "/api/user", {"username": "lovelace"}, headers=headers)
    assert user_of(answer)["username"] == "lovelace"


def test_a_new_password_replaces_the_old_one(ada: Person) -> None:
    assert change(ada, password=NEW).status_code == 200
    assert refusal(ada.log_in(PASSWORD)) == (400, 1044)
    assert ada.log_in(NEW).status_code == 200


def test_a_new_password_ends_all_other_sessions_and_keeps_this_browser_signed_in(
    ada: Person,
) -> None:
    elsewhere = Person(ada.app, "ada")
    elsewhere.log_in()
    change(ada, password=NEW)
    assert (ada.signed_in(), elsewhere.signed_in()) == (True, False)


def test_a_new_password_leaves_other_peoples_sessions_alone(ada: Person, bob: Person) -> None:
    change(ada, password=NEW)
    assert bob.signed_in()


def test_a_new_password_gives_this_browsers_session_a_new_token_under_its_old_id(
    ada: Person, rows: Rows
) -> None:
    query = "SELECT token_digest, id, auth_time, methods FROM sessions"
    [(digest, handle, auth_time, methods)] = rows(query)
    change(ada, password=NEW)
    [after] = rows(query)
    assert bytes(after[0]) != bytes(digest)
    assert after[1:] == (handle, auth_time, methods)


def test_the_session_before_a_new_password_is_no_longer_good(ada: Person, stranger: Person) -> None:
    cookie = ada.browser.get_cookie("passline_session")
    assert cookie is not None
    change(ada, password=NEW)
    stranger.browser.set_cookie("passline_session", cookie.value)
    assert not stranger.signed_in()


@pytest.mark.parametrize("password", ["short", "x" * 1025, "adaadaada", None, 1], ids=ascii)
def test_a_new_password_obeys_the_policy(ada: Person, password: Any) -> None:
    change(ada, username="adaadaada")
    assert refusal(change(ada, password=password)) == (400, 1000)
    ada.username = "adaadaada"
    assert ada.log_in(PASSWORD).status_code == 200


@pytest.mark.parametrize("password", ["short", "Lovelace"])
def test_nothing_is_changed_when_the_password_beside_it_is_refused(
    ada: Person, password: str
) -> None:
    assert refusal(change(ada, username="lovelace", password=password)) == (400, 1000)
    assert user_of(ada.get("/api/user"))["username"] == "ada"


def test_the_password_stays_when_the_username_beside_it_is_taken(ada: Person, bob: Person) -> None:
    assert refusal(change(bob, username="ada", password=NEW)) == (400, 1039)
    assert bob.log_in(PASSWORD).status_code == 200


def test_an_api_token_cannot_change_the_password(ada: Person, stranger: Person) -> None:
    body = {"username": "lovelace", "password": NEW}
    answer = stranger.call("PATCH", "/api/user", body, headers={"Authorization": token_of(ada)})
    assert refusal(answer) == (401, 2004)
    assert user_of(ada.get("/api/user"))["username"] == "ada"


def test_the_token_stays_the_same_until_it_is_replaced(ada: Person) -> None:
    assert token_of(ada) == token_of(ada)


def test_a_new_token_ends_the_old_one(ada: Person, stranger: Person) -> None:
    old = token_of(ada)
    answer = ada.call("PATCH", "/api/user/token")
    new = (answer.json or {})["token"]
    assert (answer.status_code, new) == (200, token_of(ada))
    assert refusal(stranger.get("/api/user", headers={"Authorization": old})) == (401, 2001)
    assert stranger.get("/api/user", headers={"Authorization": new}).status_code == 200


def test_the_token_is_stored_only_as_a_digest_and_sealed(ada: Person, rows: Rows) -> None:
    token = token_of(ada).encode()
    [(digest, sealed)] = rows("SELECT token_digest, token_sealed FROM users")
    assert token not in bytes(digest) + bytes(sealed)


@pytest.mark.parametrize("path", ["/api/user", "/api/user/token", "/api/user/sessions"])
def test_nobody_gets_in_without_signing_in(stranger: Person, path: str) -> None:
    assert refusal(stranger.get(path)) == (401, 2000)


def test_a_password_that_was_changed_while_it_was_judged_signs_nobody_in(ada: Person) -> None:
    judged = User.get(User.username_key == "ada")
    assert ada.call("PATCH", "/api/user", {"password": "another good one"}).status_code == 200
    before = Session.select().count()
    assert _admitted(judged, judged.password_hash, None, context=ada.context()) is None
    assert Session.select().count() == before


def test_a_session_that_was_ended_changes_neither_password_nor_name(ada: Person) -> None:
    service = ada.app.extensions["passline"]
    cookie = ada.browser.get_cookie("passline_session")
    assert cookie is not None
    live = sessions.find(cookie.value, settings=service.settings)
    assert live is not None
    hashed = User.get(User.username_key == "ada").password_hash
    context = ada.context()
    assert session_ends.end_live(live)
    changes, new = {"username": "eve"}, "another good one"
    with pytest.raises(SessionInvalid):
        profile.change_with_password(live, changes, new, context=context)
    assert User.get(User.username_key == "ada").password_hash == hashed
    assert Session.select().count() == 0


def test_a_new_password_replaces_the_api_token(ada: Person) -> None:
    token = (ada.get("/api/user/token").json or {})["token"]
    assert ada.call("PATCH", "/api/user", {"password": "another good one"}).status_code == 200
    ada.browser.delete_cookie("passline_session")
    assert ada.get("/api/user", headers={"Authorization": token}).status_code == 401
