"""What strangers store is bounded: by number, and each row by size."""

import json
from typing import Any

import pytest

from app.core import clock, sign_in_attempts, text, throttle
from app.core.webauthn import challenges, stored_response
from app.operations import housekeeping
from app.storage import database
from app.storage.models import Failure, Passkey
from tests.authenticator import b64, unb64
from tests.clerk.client import Clerk
from tests.conftest import MakeApp
from tests.people import PASSKEYS, Person

CAPPED = {"challenges": challenges, "sign_ins": sign_in_attempts, "failures": throttle}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """The most rows of all strangers together, for this test."""
    for module in CAPPED.values():
        monkeypatch.setattr(module, "MOST_OF_ALL", 5)
    return 5


def test_the_newest_challenges_are_kept(few: int, stranger: Person, rows: Any) -> None:
    first = stranger.request_options()
    for _ in range(2 * few):
        last = stranger.request_options()
    assert housekeeping.clean() >= few
    left = rows("SELECT count(*) FROM challenges")[0][0]
    assert few - 2 <= left <= few  # those of one millisecond go together
    kept = [challenge_is_there(each["challenge"]) for each in (first, last)]
    assert kept == [False, True]


def challenge_is_there(challenge: str) -> bool:
    try:
        challenges.consume(challenge, "none", rp_id="")
    except challenges.ChallengeUnknown as error:
        return "no such challenge" not in error.cause
    return True


def test_what_has_been_counted_least_recently_is_forgotten(few: int, make_app: MakeApp) -> None:
    make_app()
    now = clock.now()
    for n in range(2 * few):
        Failure.insert(
            key=b"%02d" % n, count=9, blocked_until=0, expires_at=now + 9000 + n
        ).execute()
    assert housekeeping.clean() == few
    assert min(bytes(row.key) for row in Failure.select()) == b"%02d" % few


def test_within_the_bounds_nothing_goes(few: int, stranger: Person) -> None:
    for _ in range(few):
        stranger.request_options()
    assert housekeeping.clean() == 0


@pytest.mark.clerk
@pytest.mark.parametrize("length", [257, 1024])
def test_an_identifier_longer_than_any_username_is_cut_and_unknown(
    ada: Person, rows: Any, length: int
) -> None:
    eves = Clerk(Person(ada.app, "eve"))
    form = {"strategy": "password", "password": ada.password}
    answers = []
    for typed in ("nobody", "ada" + " " * (length - 4) + "x", "x" * length):
        begun = eves.given("POST", "/v1/client/sign_ins", {"identifier": typed})
        assert begun["status"] == "needs_first_factor"
        path = f"/v1/client/sign_ins/{begun['id']}/attempt_first_factor"
        refused = eves.ask("POST", path, form)
        answers.append((refused.status_code, (refused.json or {})["errors"]))
        [(stored,)] = rows("SELECT identifier FROM sign_ins")
        assert len(stored) <= 65
    assert answers[0] == answers[1] == answers[2]


def test_a_cut_name_is_nobodys_even_where_it_begins_like_one() -> None:
    typed = "ada" + "\u200b" * 300
    assert text.typed_username("ada" + "\u200b" * 250) != text.typed_username(typed)
    assert text.username_key(text.typed_username(typed)) != "ada"


def test_a_registration_larger_than_any_browsers_is_refused(ada: Person) -> None:
    def padded(size: int) -> Any:
        def pad(sent: Any) -> Any:
            data = json.loads(unb64(sent["response"]["clientDataJSON"]))
            longer = json.dumps(data | {"padding": "x" * size}).encode()
            return sent | {"response": sent["response"] | {"clientDataJSON": b64(longer)}}

        return {"response_json": pad}

    assert ada.add_passkey(**padded(2000)).status_code == 200
    answer = ada.add_passkey(**padded(10_000))
    assert (answer.status_code, (answer.json or {})["error"]) == (400, "registration_refused")
    assert len(ada.passkeys()) == 1


def test_the_upgrade_drops_the_statements_that_are_stored(make_app: MakeApp) -> None:
    ada = Person(make_app(), "ada", attestation="packed-x5c").set_up()
    sent = ada.authenticator.create(ada.creation_options(), origin="http://localhost:8000")
    assert ada.finish_registration(sent).status_code == 200
    without = registration()
    attested = sent["response"]["attestationObject"]
    older = without | {"response": without["response"] | {"attestationObject": attested}}
    Passkey.update(registration=json.dumps(older)).execute()
    assert len(attested) > 2 * len(without["response"]["attestationObject"])
    for index in ("audit_events_at", "audit_events_user_id_event_at"):
        database.db.execute_sql(f"DROP INDEX {index}")
    database.db.execute_sql("DELETE FROM schema_migrations WHERE name = '0006_bounds'")
    assert database.upgrade() == ["0006_bounds"]
    assert registration() == without
    assert ada.sign_in().status_code == 200


def registration() -> Any:
    return json.loads(Passkey.select(Passkey.registration).scalar())


def copies(many: int, **changes: Any) -> None:
    """Store so many further passkeys like the first."""
    row = Passkey.select().dicts().get()
    more = [
        row | {"id": f"{n:025d}", "credential_id": b"%064d" % n, "name": f"Laptop {n}"} | changes
        for n in range(many)
    ]
    with database.transient():
        for start in range(0, len(more), 50):
            Passkey.insert_many(more[start : start + 50]).execute()


def test_the_longest_list_of_passkeys_is_short_enough(make_app: MakeApp) -> None:
    ada = Person(make_app(MAX_PASSKEYS_PER_USER=500), "ada").set_up()
    ada.add_passkey()
    copies(499)
    assert len(ada.get(PASSKEYS).data) < 250_000


@pytest.mark.zipline
def test_a_list_with_registrations_is_bounded_by_them(ada: Person) -> None:
    most = ada.app.extensions["passline"].settings.max_passkeys_per_user
    largest = stored_response._LARGEST
    ada.add_passkey()
    copies(most - 1, registration=json.dumps({"padding": "x" * largest}))
    for path in ("/api/user/mfa/passkey", "/api/user"):
        answer = ada.get(path)
        assert answer.status_code == 200
        assert (most - 1) * largest < len(answer.data) < most * (largest + 1024)
