"""Challenges: for one attempt at one ceremony of one user or browser, for a while."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from app.core.webauthn import challenges
from app.core.webauthn.errors import ChallengeUnknown, SignInRefused
from app.storage.models import Challenge
from tests.authenticator import b64
from tests.conftest import MakeApp
from tests.core.refusals import is_refusal, refused, stored
from tests.core.tabs import BOTH, Ceremony, binding, finish_registration, finish_sign_in
from tests.people import BINDING, ORIGIN, Person


@pytest.fixture
def holder(ada: Person) -> Person:
    """Somebody who has a passkey, and is signed in."""
    ada.add_passkey()
    return ada


@BOTH
@pytest.mark.parametrize(
    ("seconds", "fresh"), [(0, True), (299, True), (300, False), (3600, False)]
)
def test_a_challenge_lives_for_its_time_and_no_longer(
    holder: Person, ceremony: Ceremony, seconds: int, fresh: bool
) -> None:
    begin, finish = ceremony
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False) as clock:
        options = begin(holder)
        clock.move_to(start + timedelta(seconds=seconds))
        # A browser would have dropped the cookie by now.
        holder.browser.set_cookie(BINDING, binding(holder))
        holder.get("/passkeys")  # updates the session's last use
        if fresh:
            assert finish(holder, options).status_code == 200
        else:
            refused(lambda: finish(holder, options), ChallengeUnknown)


@BOTH
def test_the_setting_says_how_long_a_challenge_lives(make_app: MakeApp, ceremony: Ceremony) -> None:
    ada = Person(make_app(CHALLENGE_TTL=30), "ada").set_up()
    ada.add_passkey()
    begin, finish = ceremony
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False) as clock:
        options = begin(ada)
        assert options["timeout"] == 30_000
        clock.move_to(start + timedelta(seconds=30))
        ada.browser.set_cookie(BINDING, binding(ada))
        refused(lambda: finish(ada, options), ChallengeUnknown)


@BOTH
def test_a_challenge_is_used_once(holder: Person, ceremony: Ceremony) -> None:
    begin, finish = ceremony
    options = begin(holder)
    assert finish(holder, options).status_code == 200
    refused(lambda: finish(holder, options), ChallengeUnknown)


def test_a_registration_cannot_be_replayed(ada: Person) -> None:
    credential = ada.authenticator.create(ada.creation_options(), origin=ORIGIN)
    assert ada.finish_registration(credential).status_code == 200
    refused(lambda: ada.finish_registration(credential), ChallengeUnknown)


def test_an_assertion_cannot_be_replayed(holder: Person) -> None:
    assertion = holder.authenticator.get(holder.request_options(), origin=ORIGIN)
    assert holder.finish_sign_in(assertion).status_code == 200
    refused(lambda: holder.finish_sign_in(assertion), ChallengeUnknown)


@BOTH
def test_a_failed_attempt_burns_the_challenge(holder: Person, ceremony: Ceremony) -> None:
    begin, finish = ceremony
    options = begin(holder)
    failed = finish(holder, options, client_data={"origin": "https://evil.example"})
    assert failed.status_code == 400
    refused(lambda: finish(holder, options), ChallengeUnknown)


def test_an_unknown_credential_burns_the_challenge(holder: Person) -> None:
    options = holder.request_options()
    finish_sign_in(holder, options, credential_id=bytes(32))
    refused(lambda: finish_sign_in(holder, options), ChallengeUnknown)


def test_a_registration_challenge_of_another_user_is_refused_and_burnt(
    ada: Person, bob: Person
) -> None:
    options = ada.creation_options()
    refused(lambda: finish_registration(bob, options), ChallengeUnknown)
    refused(lambda: finish_registration(ada, options), ChallengeUnknown)


def test_a_sign_in_challenge_of_another_browser_is_refused_and_burnt(
    holder: Person, stranger: Person
) -> None:
    options = holder.request_options()
    stranger.authenticator = holder.authenticator
    stranger.browser.set_cookie(BINDING, "x" * 43)
    refused(lambda: finish_sign_in(stranger, options), ChallengeUnknown)
    refused(lambda: finish_sign_in(holder, options), ChallengeUnknown)


def test_a_registration_challenge_does_not_sign_anybody_in(holder: Person) -> None:
    holder.request_options()  # for the cookie
    Challenge.delete().execute()
    options = holder.creation_options()
    options["rpId"] = options["rp"]["id"]
    refused(lambda: finish_sign_in(holder, options), ChallengeUnknown)


def test_a_sign_in_challenge_registers_nothing(holder: Person) -> None:
    options = holder.creation_options()
    Challenge.delete().execute()
    options["challenge"] = holder.request_options()["challenge"]
    refused(lambda: finish_registration(holder, options), ChallengeUnknown)


def test_a_challenge_for_the_other_ceremony_is_refused_whoever_shows_it(app: Flask) -> None:
    rules = app.extensions["passline"].settings
    challenge = challenges.issue(challenges.REGISTRATION, rules, browser="x")
    with pytest.raises(ChallengeUnknown, match="is for registration"):
        challenges.consume(
            b64(challenge), challenges.AUTHENTICATION, rp_id=rules.rp_id, browser="x"
        )


@BOTH
def test_a_challenge_from_before_the_rp_id_was_changed_is_refused(
    make_app: MakeApp, ceremony: Ceremony
) -> None:
    ada = Person(make_app(RP_ID="localhost"), "ada").set_up()
    ada.add_passkey()
    begin, finish = ceremony
    options = begin(ada)
    ada.browser.application = make_app(RP_ID="app.localhost", ORIGINS="http://app.localhost:8000")
    refused(lambda: finish(ada, options), ChallengeUnknown)


@BOTH
def test_two_tabs_each_have_a_ceremony_under_way(holder: Person, ceremony: Ceremony) -> None:
    begin, finish = ceremony
    first, second = begin(holder), begin(holder)
    assert [finish(holder, options).status_code for options in (second, first)] == [200, 200]


def test_a_registration_and_a_sign_in_are_under_way_at_once(holder: Person) -> None:
    creation, request = holder.creation_options(), holder.request_options()
    assert finish_registration(holder, creation).status_code == 200
    assert finish_sign_in(holder, request).status_code == 200


def test_a_registration_is_finished_in_the_session_that_began_it(holder: Person) -> None:
    creation = holder.creation_options()
    assert holder.sign_in().status_code == 200
    refused(lambda: finish_registration(holder, creation), ChallengeUnknown)


def test_a_ceremony_that_somebody_else_begins_takes_no_other_away(
    holder: Person, stranger: Person
) -> None:
    options = holder.request_options()
    stranger.request_options()
    assert finish_sign_in(holder, options).status_code == 200


def test_no_challenge_is_burnt_by_a_stranger_who_does_not_know_it(
    holder: Person, stranger: Person
) -> None:
    options = holder.request_options()
    stranger.authenticator = holder.authenticator
    before = stored()
    answer = finish_sign_in(stranger, stranger.request_options() | {"challenge": b64(bytes(32))})
    is_refusal(answer, ChallengeUnknown)
    assert stored() == before
    assert finish_sign_in(holder, options).status_code == 200


def test_a_signature_over_another_ceremonys_challenge_is_refused(holder: Person) -> None:
    first, second = holder.request_options(), holder.request_options()
    signed = holder.authenticator.get(first, origin=ORIGIN)
    shown = holder.authenticator.get(second, origin=ORIGIN)
    signed["response"]["clientDataJSON"] = shown["response"]["clientDataJSON"]
    refused(lambda: holder.finish_sign_in(signed), SignInRefused, left=1)
