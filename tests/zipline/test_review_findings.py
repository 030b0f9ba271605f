"""Faults that a review found, each kept out by a test."""

import time

import pytest

from app.core import profile, sessions
from app.core.caller import Caller
from app.errors import SessionInvalid
from app.serving.arriving import Arriving
from app.storage.models import Session, User
from tests.people import ORIGIN, PASSKEY, Person

HERE = Caller("127.0.0.1", "")


def test_a_password_that_was_changed_while_it_was_judged_signs_nobody_in(ada: Person) -> None:
    from app.core.signin import _start_if_unchanged

    judged = User.get(User.username_key == "ada")
    assert ada.call("PATCH", "/api/user", {"password": "another good one"}).status_code == 200
    before = Session.select().count()
    settings = ada.app.extensions["passline"].settings
    assert _start_if_unchanged(judged, judged.password_hash, caller=HERE, settings=settings) is None
    assert Session.select().count() == before


def test_a_session_that_was_ended_changes_neither_password_nor_name(ada: Person) -> None:
    service = ada.app.extensions["passline"]
    cookie = ada.browser.get_cookie("passline_session")
    assert cookie is not None
    live = sessions.find(cookie.value, settings=service.settings)
    assert live is not None
    hashed = User.get(User.username_key == "ada").password_hash
    assert sessions.end_live(live)
    try:
        profile.change_with_password(
            live, {"username": "eve"}, "another good one", caller=HERE, service=service
        )
    except SessionInvalid:
        assert User.get(User.username_key == "ada").password_hash == hashed
        assert Session.select().count() == 0
    else:
        raise AssertionError("it came back")


def test_a_new_password_replaces_the_api_token(ada: Person) -> None:
    token = (ada.get("/api/user/token").json or {})["token"]
    assert ada.call("PATCH", "/api/user", {"password": "another good one"}).status_code == 200
    ada.browser.delete_cookie("passline_session")
    assert ada.get("/api/user", headers={"Authorization": token}).status_code == 401


def test_of_two_session_cookies_the_live_one_counts(ada: Person) -> None:
    cookie = ada.browser.get_cookie("passline_session")
    assert cookie is not None
    both = f"passline_session={'x' * 43}; passline_session={cookie.value}"
    other = ada.app.test_client(use_cookies=False)
    assert other.get("/api/user", headers={"Cookie": both}).status_code == 200


def test_the_remember_cookie_of_another_application_on_this_host_signs_nobody_out(
    ada: Person,
) -> None:
    ada.browser.set_cookie("remember_token", f"1|{'0' * 128}")
    assert ada.get("/api/user").status_code == 200


def test_extension_outputs_too_large_to_list_are_not_kept(ada: Person) -> None:
    credential = ada.authenticator.create(ada.creation_options(), origin=ORIGIN)
    credential["clientExtensionResults"] = {"padding": "x" * 50_000}
    assert ada.post(PASSKEY, {"response": credential, "name": "Large"}).status_code == 200
    assert ada.passkeys()[0]["reg"]["clientExtensionResults"] == {}


@pytest.mark.parametrize("path", ["/", "/login", "/api/user", "/v1/client"])
def test_a_cookie_that_is_no_text_changes_nothing(ada: Person, path: str) -> None:
    cookie = ada.browser.get_cookie("passline_session")
    assert cookie is not None
    other = ada.app.test_client(use_cookies=False)
    both = {"Cookie": f"theme=caf\xe9; passline_session={cookie.value}"}
    assert other.get(path, headers=both).status_code == ada.get(path).status_code < 500


def test_a_field_of_any_name_is_refused_when_it_comes_twice(ada: Person) -> None:
    form = {"data": "self=a&self=b", "content_type": "application/x-www-form-urlencoded"}
    assert ada.call("POST", "/v1/client/sign_ins", **form).status_code == 422


@pytest.mark.parametrize(
    "length", ["0000000000000000000000010", "1000000000000000000000", "ten", ""]
)
def test_a_length_that_cannot_be_read_is_waited_for_by_nobody(length: str) -> None:
    request = Arriving()
    assert request.add(f"POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode())
    assert request.refusal == "400 Bad Request"


def test_a_chunks_size_without_an_end_is_read_once() -> None:
    request = Arriving()
    request.add(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    begun = time.process_time()
    assert not request.add(b"a" * 100_000)
    assert time.process_time() - begun < 2  # it took half a minute
