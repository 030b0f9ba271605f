"""People are told of what was done beside them, at their next sign-in."""

from typing import Any

from app.core import administration
from tests.mfa.people import (
    by_link,
    code,
    fresh,
    given,
    link_for,
    recover,
    second,
    security,
    turn_on,
)
from tests.people import Person


def told(person: Person) -> list[tuple[str, str]]:
    return [(each["event"], each["actor"]) for each in security(person)["notices"]]


def test_what_an_administrator_did_is_told_for_a_week_whoever_signs_in(
    mira: Person, clock: Any
) -> None:
    clock.shift(10)
    link_for(mira)
    clock.shift(10)
    phone = fresh(mira)
    given(phone.log_in())
    assert told(phone) == [("account:link:made", "command")]
    clock.shift(6 * 86400)
    given(phone.log_in())
    assert told(phone) == [("account:link:made", "command")]
    clock.shift(86400)
    given(phone.log_in())
    assert told(phone) == []


def test_wrong_codes_are_told_once(mira: Person, clock: Any) -> None:
    secret, _ = turn_on(mira)
    clock.shift(1)
    phone = fresh(mira)
    for _ in range(10):
        given(phone.log_in())
        assert second(phone, code="000000").status_code == 400
    clock.shift(30)
    for wanted in ([("account:totp:many_wrong_codes", "person")], []):
        given(phone.log_in())
        given(second(phone, code=code(secret)))
        assert told(phone) == wanted
        clock.shift(30)


def test_a_link_that_was_used_is_told(mira: Person, clock: Any) -> None:
    token = link_for(mira)
    clock.shift(10)
    given(by_link(Person(mira.app, "mira"), token))
    clock.shift(10)
    given(mira.log_in())
    assert ("account:link:used", "person") in told(mira)


def test_a_reset_and_a_recovery_code_are_told(mira: Person, clock: Any) -> None:
    _, made = turn_on(mira)
    clock.shift(10)
    given(recover(fresh(mira), made[0], mira.password))
    with mira.app.app_context():
        found = administration.find("mira")
        administration.reset_mfa(found, context=mira.context())
    clock.shift(10)
    given(mira.log_in())
    assert [event for event, _ in told(mira)] == [
        "account:recovery_code:used",
        "account:mfa:reset",
    ]


def test_nobody_is_told_what_others_were(mira: Person, clock: Any) -> None:
    bob = Person(mira.app, "bob").added_by_hand()
    link_for(bob)
    clock.shift(10)
    given(mira.log_in())
    assert told(mira) == []
