"""The sign count: one that goes back betrays a copy of a single-device passkey.

Of a synced passkey it says nothing.
"""

from typing import Any

import pytest

from app.core import assertions
from app.core.webauthn.errors import CounterWentBack, CredentialUnknown
from app.core.webauthn.results import Assertion
from app.storage import database
from app.storage.models import AuditEvent, Passkey
from app.storage.records import PasskeyRecord
from app.storage.statements import PASSKEY_COLUMNS
from tests.authenticator import Authenticator, forged
from tests.core.refusals import is_refusal, pending, stored
from tests.people import Person

LARGEST = 2**32 - 1


def kept() -> int:
    return int(Passkey.select(Passkey.sign_count).scalar())


def audited() -> int:
    event = "account:passkey:counter_went_back"
    return int(AuditEvent.select().where(AuditEvent.event == event).count())


def with_passkey(person: Person, count: int, *, synced: bool = False) -> Person:
    person.authenticator = Authenticator(sign_count=count, backup_eligible=synced)
    assert person.add_passkey().status_code == 200
    return person


@pytest.mark.parametrize(
    ("before", "after"),
    [(0, 1), (5, 6), (5, 900), (0, LARGEST), (2**31 - 1, 2**31), (LARGEST - 1, LARGEST)],
)
def test_a_count_that_rises_is_taken_and_kept(ada: Person, before: int, after: int) -> None:
    with_passkey(ada, before)
    assert ada.sign_in(sign_count=after).status_code == 200
    assert (kept(), audited()) == (after, 0)


@pytest.mark.parametrize("synced", [False, True])
def test_a_count_that_is_always_zero_is_fine(ada: Person, synced: bool) -> None:
    with_passkey(ada, 0, synced=synced)
    assert [ada.sign_in(sign_count=0).status_code for _ in range(2)] == [200, 200]
    assert (kept(), audited()) == (0, 0)


BACK = [(5, 5), (5, 4), (5, 0), (LARGEST, LARGEST), (LARGEST, 0), (2**31, 2**31 - 1)]


@pytest.mark.parametrize(("before", "after"), BACK)
def test_a_single_device_passkey_whose_count_goes_back_is_refused_and_audited(
    ada: Person, before: int, after: int
) -> None:
    with_passkey(ada, before)
    ada.log_out()
    rest = stored()
    is_refusal(ada.sign_in(sign_count=after), CounterWentBack)
    now = stored()
    [(user, detail)] = (
        AuditEvent.select(AuditEvent.user_id, AuditEvent.detail)
        .where(AuditEvent.event == "account:passkey:counter_went_back")
        .tuples()
    )
    assert (user, detail) == tuple(Passkey.select(Passkey.user, Passkey.id).tuples().get())
    assert now | {"AuditEvent": []} == rest | {"AuditEvent": []}
    assert (kept(), pending(), ada.signed_in()) == (before, 0, False)


@pytest.mark.parametrize(("before", "after"), BACK)
def test_a_synced_passkey_whose_count_goes_back_is_audited_only(
    ada: Person, before: int, after: int
) -> None:
    with_passkey(ada, before, synced=True)
    ada.log_out()
    assert ada.sign_in(sign_count=after).status_code == 200
    assert (kept(), audited(), ada.signed_in()) == (before, 1, True)


def test_a_passkey_that_was_refused_for_its_count_signs_in_with_a_higher_one(ada: Person) -> None:
    with_passkey(ada, 5)
    ada.sign_in(sign_count=5)
    assert ada.sign_in(sign_count=6).status_code == 200


def test_a_refused_signature_leaves_the_count_alone(ada: Person) -> None:
    with_passkey(ada, 5)
    ada.sign_in(sign_count=99, signature=forged)
    assert (kept(), audited()) == (5, 0)


# The tests that follow show that the count at the moment of writing decides.


def stale(count: int) -> PasskeyRecord:
    """Return the passkey as this sign-in read it, before another changed its count."""
    passkey = PasskeyRecord._make(Passkey.select(*PASSKEY_COLUMNS).tuples().get())
    return passkey._replace(sign_count=count)


def use(passkey: PasskeyRecord, count: int) -> bool:
    with database.transient():
        return assertions.use(passkey, Assertion(count, passkey.backed_up, True))


def test_a_faster_sign_in_with_the_same_count_makes_this_one_go_back(ada: Person) -> None:
    with_passkey(ada, 5)
    assert use(stale(4), 5) is True
    assert kept() == 5


def test_a_faster_sign_in_with_a_lower_count_does_not(ada: Person) -> None:
    with_passkey(ada, 5)
    assert use(stale(4), 6) is False
    assert kept() == 6


def test_a_faster_sign_in_of_a_synced_passkey_keeps_the_higher_count(ada: Person) -> None:
    with_passkey(ada, 9, synced=True)
    assert use(stale(4), 6) is True
    assert kept() == 9


def test_a_passkey_that_was_deleted_meanwhile_is_unknown(ada: Person) -> None:
    with_passkey(ada, 5)
    passkey = stale(5)
    Passkey.delete().execute()
    with pytest.raises(CredentialUnknown, match="deleted meanwhile"):
        use(passkey, 6)


def test_a_use_is_dated(ada: Person, rows: Any) -> None:
    with_passkey(ada, 5)
    Passkey.update(last_used_at=1, updated_at=1).execute()
    ada.sign_in()
    [(used, updated)] = rows("SELECT last_used_at, updated_at FROM passkeys")
    assert used == updated > 1
