"""Who did it, and by what; and no event of a factor outlives what it tells of."""

from collections.abc import Callable
from typing import Any

import pytest
from peewee import OperationalError
from pyotp import TOTP

from app.core import administration, audit, profile, signin
from app.core.account_errors import WrongPassword
from app.core.audit import Event
from app.core.context import COMMAND_LINE, Caller, Context
from app.core.mfa import recovery, recovery_codes, second_step, step_up, totp, totp_enrolment
from app.core.mfa.answers import Answer
from app.core.mfa.errors import CodeWrong
from app.core.sessions import Live
from app.core.sign_in_attempts import SecondStep
from app.storage import database
from app.storage.models import AuditEvent, Totp, User
from tests.cli.test_factors import turn_totp_on
from tests.people import API, PASSWORD, Person

Act = Callable[[], object]
_KEPT = ("users", "passkeys", "sessions", "totps", "recovery_codes", "links", "sign_ins")


def live(ada: Person) -> Live:
    """Return ada's last session."""
    session = ada.context().caller.session
    assert session is not None
    return Live(administration.find("ada"), session)


def by_password(ada: Person) -> Act:
    return lambda: signin.by_password("ada", PASSWORD, context=ada.context())


def by_second_step(ada: Person) -> Act:
    _, [code, *_] = turn_totp_on(ada)
    step = signin.by_password("ada", PASSWORD, context=ada.context())
    assert isinstance(step, SecondStep)
    answer = Answer(recovery_code=code)
    return lambda: second_step.finish(step.binding, answer, context=ada.context())


def confirms(ada: Person) -> Act:
    answer = Answer(password=PASSWORD)
    return lambda: step_up.verify(live(ada), answer, context=ada.context())


def confirms_wrongly(ada: Person) -> Act:
    def act() -> None:
        with pytest.raises(WrongPassword):
            step_up.verify(live(ada), Answer(password="no"), context=ada.context())

    return act


def turns_on(ada: Person) -> Act:
    secret = totp_enrolment.offer(live(ada), guarded=True, context=ada.context()).secret
    return lambda: totp_enrolment.turn_on(
        live(ada), TOTP(secret).now(), makes_codes=True, context=ada.context()
    )


def turns_off(ada: Person) -> Act:
    turn_totp_on(ada)
    return lambda: totp_enrolment.turn_off(live(ada), context=ada.context())


def removes_password(ada: Person) -> Act:
    ada.add_passkey()
    ada.add_passkey("Phone")
    return lambda: profile.remove_password(live(ada), context=ada.context())


def with_passkey(act: Callable[..., object], *words: Any) -> Callable[[Person], Act]:
    """Return the act of somebody who has a second factor."""

    def prepared(ada: Person) -> Act:
        ada.add_passkey()
        return lambda: act(live(ada), *words, context=ada.context())

    return prepared


def saves_codes(ada: Person) -> Act:
    turn_totp_on(ada)
    return lambda: recovery_codes.confirm_receipt(live(ada), context=ada.context())


def makes_link(ada: Person) -> Act:
    return lambda: recovery.make_link(administration.find("ada"), context=ada.context())


def uses_link(ada: Person) -> Act:
    token = recovery.make_link(administration.find("ada"), context=ada.context())
    return lambda: recovery.by_link(token, context=ada.context())


def is_reset(ada: Person) -> Act:
    turn_totp_on(ada)
    return lambda: administration.reset_mfa(administration.find("ada"), context=ada.context())


ACTS: dict[Event, Callable[[Person], Act]] = {
    Event.SIGNED_IN: by_password,
    Event.RECOVERY_CODE_USED: by_second_step,
    Event.STEP_UP: confirms,
    Event.STEP_UP_REFUSED: confirms_wrongly,
    Event.TOTP_ADDED: turns_on,
    Event.TOTP_REMOVED: turns_off,
    Event.PASSWORD_REMOVED: removes_password,
    Event.RECOVERY_CODES_MADE: with_passkey(recovery_codes.make),
    Event.RECOVERY_CODES_SAVED: saves_codes,
    Event.ALWAYS_ASKS_CHANGED: with_passkey(profile.set_always_asks, True),
    Event.LINK_MADE: makes_link,
    Event.LINK_USED: uses_link,
    Event.MFA_RESET: is_reset,
}


def state() -> list[list[Any]]:
    return [
        sorted(map(str, database.db.execute_sql(f"SELECT * FROM {table}").fetchall()))
        for table in _KEPT
    ]


def number(event: Event) -> int:
    return int(AuditEvent.select().where(AuditEvent.event == event.value).count())


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[Event], None]:
    """Return a function that fills the disk for the transaction of an event."""

    def fill(event: Event) -> None:
        real, known = database.db.obj.commit, number(event)

        def commit(*args: Any) -> Any:
            if number(event) > known:
                raise OperationalError("database or disk is full")
            return real(*args)

        monkeypatch.setattr(database.db.obj, "commit", commit)

    return fill


@pytest.mark.parametrize("event", ACTS, ids=lambda event: event.name)
def test_an_event_is_recorded_with_what_it_tells_of_or_neither_is(
    ada: Person, full: Any, monkeypatch: pytest.MonkeyPatch, event: Event
) -> None:
    act = ACTS[event](ada)
    before, known = state(), number(event)
    full(event)
    with pytest.raises(OperationalError):
        act()
    monkeypatch.undo()
    assert (state(), number(event)) == (before, known)
    act()
    assert number(event) == known + 1
    assert state() != before


def test_many_wrong_codes_are_told_once(ada: Person) -> None:
    turn_totp_on(ada)
    user_id = administration.find("ada").id

    def guess() -> None:
        with pytest.raises(CodeWrong):
            totp.use(user_id, "000000", place=totp.SIGN_IN, context=ada.context())

    for _ in range(9):
        guess()
    assert number(Event.CODES_WRONG) == 0
    guess()
    assert number(Event.CODES_WRONG) == 1


def test_no_other_new_event_is_forgotten_here() -> None:
    mfa = {
        each for each in Event if any(part in each.value for part in ("totp", "link", "step_up"))
    }
    mfa |= {each for each in Event if "recovery" in each.value or "mfa" in each.value}
    assert mfa - {Event.CODES_WRONG} <= set(ACTS)


def test_a_sign_in_is_told_with_its_methods(ada: Person, rows: Any) -> None:
    ada.add_passkey()
    assert ada.sign_in().status_code == 200
    secret, _ = turn_totp_on(ada)
    assert ada.log_in().status_code == 200
    Totp.update(last_step=0).execute()
    answer = ada.post(f"{API}/sign-in/second", {"code": TOTP(secret).now()})
    assert answer.status_code == 200
    query = "SELECT detail FROM audit_events WHERE event = 'account:login:succeeded' ORDER BY id"
    told = [detail for (detail,) in rows(query)]
    assert told == ["pwd", "hwk user mfa", "pwd otp mfa"]


def actors(rows: Any) -> list[tuple[Any, ...]]:
    return list(rows("SELECT event, actor, user_agent FROM audit_events ORDER BY id"))


def test_the_person_is_told_apart_from_a_command_and_an_administrator(
    ada: Person, bob: Person, rows: Any
) -> None:
    bob.log_in(headers={"User-Agent": "Firefox"})
    event = "account:login:succeeded"
    assert actors(rows)[-1] == (event, "person", "Firefox")
    command = Context(ada.context().service, Caller(COMMAND_LINE, ""))
    administration.reset_mfa(administration.find("bob"), context=command)
    assert actors(rows)[-1] == ("account:mfa:reset", "command", "")
    administration.reset_mfa(administration.find("bob"), context=ada.context())
    assert actors(rows)[-1][:2] == ("account:mfa:reset", "administrator")
    with database.durable():
        audit.record(Event.SIGNING_KEY_ROTATED, context=ada.context())
    assert actors(rows)[-1][1] == "person"


def test_a_deleted_account_s_events_stay(bob: Person, ada: Person) -> None:
    bob_id = administration.find("bob").id
    administration.reset_mfa(administration.find("bob"), context=ada.context())
    User.delete().where(User.id == bob_id).execute()
    assert AuditEvent.select().where(AuditEvent.user_id == bob_id).count() >= 3


@pytest.mark.zipline
def test_ten_wrong_codes_at_the_removal_of_the_app_end_the_session(ada: Person) -> None:
    turn_totp_on(ada)
    path = "/api/user/mfa/totp"
    for _ in range(9):
        assert ada.call("DELETE", path, {"code": "000000"}).status_code == 400
    assert ada.signed_in()
    assert ada.call("DELETE", path, {"code": "000000"}).status_code == 400
    assert not ada.signed_in()
    assert number(Event.STEP_UP_REFUSED) == 10


@pytest.mark.zipline
def test_without_an_app_a_code_is_no_wrong_proof(ada: Person) -> None:
    for _ in range(11):
        assert ada.call("DELETE", "/api/user/mfa/totp", {"code": "000000"}).status_code == 400
    assert ada.signed_in()
