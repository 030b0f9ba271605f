"""Sessions remember the passkey that began them, and end with it."""

from typing import Any

import pytest

from tests.people import Person


@pytest.fixture
def ada(ada: Person) -> Person:
    """Somebody with two passkeys, signed in by password."""
    ada.add_passkey("Laptop")
    ada.add_passkey("Phone")
    return ada


def by_passkey(ada: Person, number: int) -> Person:
    """Return another browser of ada's, signed in by a passkey of hers."""
    other = Person(ada.app, "ada")
    other.authenticator.credentials = [ada.authenticator.credentials[number]]
    assert other.sign_in().status_code == 200
    return other


def delete_first(person: Person) -> Any:
    answer = person.delete(person.passkeys()[0]["id"])
    assert answer.status_code == 200
    return (answer.json or {})["ended_sessions"]


def test_a_deleted_passkey_ends_the_sessions_that_it_began(ada: Person, rows: Any) -> None:
    first, again, second = (by_passkey(ada, number) for number in (0, 0, 1))
    assert delete_first(ada) == 2
    assert [each.signed_in() for each in (first, again, second, ada)] == [False, False, True, True]
    [(detail,)] = rows("SELECT detail FROM audit_events WHERE event = 'account:session:ended'")
    assert detail.startswith("2 begun by the passkey c")


def test_whoever_deletes_the_passkey_of_the_own_session_stays_signed_in(ada: Person) -> None:
    own, other = by_passkey(ada, 0), by_passkey(ada, 0)
    assert delete_first(own) == 1
    assert (own.signed_in(), other.signed_in()) == (True, False)


def test_a_passkey_that_began_no_session_ends_none(ada: Person, rows: Any) -> None:
    assert delete_first(ada) == 0
    assert rows("SELECT 1 FROM audit_events WHERE event = 'account:session:ended'") == []


@pytest.mark.zipline
def test_a_session_that_goes_on_after_a_new_password_keeps_its_passkey(ada: Person) -> None:
    own = by_passkey(ada, 0)
    new = {"password": "another good password"}
    assert own.call("PATCH", "/api/user", new).status_code == 200
    ada.password = new["password"]
    assert ada.log_in().status_code == 200
    assert delete_first(ada) == 1
    assert not own.signed_in()


@pytest.mark.clerk
def test_a_passkey_deleted_over_clerks_api_ends_its_sessions(ada: Person) -> None:
    other, own_id = by_passkey(ada, 0), ada.passkeys()[0]["id"]
    assert ada.call("DELETE", f"/v1/me/passkeys/idn_{own_id}").status_code == 200
    assert not other.signed_in()
