"""Authentication: every step of WebAuthn Level 3, 7.2.

Each is shown by an assertion in which that step alone fails.
"""

from typing import Any

import pytest

from app.core.passkeys import PasskeysDisabled
from app.core.webauthn.errors import (
    BackupEligibilityChanged,
    BrowserUnbound,
    CredentialMissing,
    CredentialUnknown,
    CredentialUnusable,
    SignInRefused,
    UserNotVerified,
)
from app.errors import AppError
from app.storage.models import Passkey, User
from tests.authenticator import (
    BE,
    BS,
    EDDSA,
    ES256,
    RS256,
    UP,
    Authenticator,
    b64,
    forged,
    new_key,
)
from tests.conftest import MakeApp
from tests.core import ceremonies
from tests.core.ceremonies import envelope, response
from tests.core.refusals import pending, refused
from tests.people import API, BINDING, ORIGIN, Person

OTHER = b64(bytes(32))


@pytest.fixture
def holder(ada: Person) -> Person:
    """Somebody who has a passkey and is signed out."""
    ada.add_passkey()
    ada.log_out()
    return ada


FLAWS: dict[str, tuple[dict[str, Any], str]] = {
    "another type of credential": (envelope(type="password"), "type is not public-key"),
    "no id": (envelope(id=...), "not text"),
    "a rawId that is another": (envelope(rawId=OTHER), "rawId is not id"),
    "no rawId": (envelope(rawId=...), "not text"),
    "an id with padding too short": (envelope(id="QQ=", rawId="QQ="), "not base64url"),
    "an empty id": (envelope(id="", rawId=""), "1 to 1023 bytes"),
    "an id of 1024 bytes": (
        envelope(id=b64(bytes(1024)), rawId=b64(bytes(1024))),
        "1 to 1023 bytes",
    ),
    "the type of a registration": (
        {"client_data": {"type": "webauthn.create"}},
        "not of type webauthn.get",
    ),
    "another origin": ({"client_data": {"origin": "https://evil.example"}}, "not one of ours"),
    "crossOrigin": ({"client_data": {"crossOrigin": True}}, "in a frame"),
    "a topOrigin": ({"client_data": {"topOrigin": "https://evil.example"}}, "in a frame"),
    "another user's handle": ({"user_handle": b"v" * 64}, "user handle"),
    "an empty user handle": ({"user_handle": b""}, "user handle"),
    "a user handle that is a number": (response(userHandle=7), "not text"),
    "a user handle that is false": (response(userHandle=False), "not text"),
    "a user handle with noise": (response(userHandle="a b"), "not base64url"),
    "another RP id": ({"rp_id": "evil.example"}, "RP ID hash"),
    "nobody present": ({"flags": lambda bits: bits & ~UP}, "not present"),
    "backed up without being eligible": ({"flags": lambda bits: bits | BS}, "[Bb]ackup|BS|BE"),
    "a signature by another key": ({"signing_key": new_key(ES256)}, "signature"),
    "a signature by a key of another kind": ({"signing_key": new_key(EDDSA)}, "signature"),
    "a signature with a bit changed": ({"signature": forged}, "signature"),
    "a signature with a byte behind it": ({"signature": lambda data: data + b"\0"}, "signature"),
    "an empty signature": ({"signature": lambda _: b""}, "signature"),
    "no signature": (response(signature=...), "not text"),
    "a signature with noise": (response(signature="a b"), "not base64url"),
    "data changed after signing": (
        {"auth_data_after": lambda data: data[:36] + b"\x09"},
        "signature",
    ),
    "authenticator data of 36 bytes": ({"auth_data_after": lambda data: data[:36]}, "37 bytes"),
    "no authenticator data": (response(authenticatorData=...), "not text"),
    "a byte behind the authenticator data": ({"auth_data": lambda data: data + b"\0"}, "malformed"),
    "extensions with a tag": ({"extensions": b"\xa1\x61x\xc2\x41\x01"}, "semantic tag"),
    "extensions that end early": ({"extensions": b"\xa1\x61x"}, "end of stream"),
    "extensions nested too deep": ({"extensions": b"\x81" * 1000 + b"\0"}, "depth"),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_is_refused_by_its_own_check(flaw: str) -> None:
    changes, reason = FLAWS[flaw]
    with pytest.raises(SignInRefused, match=reason):
        ceremonies.sign_in(Authenticator(), **changes)


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_refusal_burns_the_challenge_and_signs_nobody_in(holder: Person, flaw: str) -> None:
    refused(lambda: holder.sign_in(**FLAWS[flaw][0]), SignInRefused)
    assert not holder.signed_in()


@pytest.mark.parametrize("before", [True, False], ids=["synced", "on one device"])
def test_a_passkey_is_eligible_for_backup_for_life_or_never(ada: Person, before: bool) -> None:
    ada.authenticator = Authenticator(backup_eligible=before)
    ada.add_passkey()
    ada.log_out()
    ada.authenticator.backup_eligible = not before
    refused(ada.sign_in, BackupEligibilityChanged)
    assert "delete this passkey and add it again" in BackupEligibilityChanged.sentence


def test_only_who_has_the_key_learns_that_its_eligibility_is_another() -> None:
    with pytest.raises(SignInRefused, match="signature") as caught:
        ceremonies.sign_in(
            Authenticator(), flags=lambda bits: bits | BE, signing_key=new_key(ES256)
        )
    assert type(caught.value) is SignInRefused


def test_whether_a_passkey_is_backed_up_may_change_and_is_kept(ada: Person, rows: Any) -> None:
    ada.authenticator = Authenticator(backup_eligible=True)
    ada.add_passkey()
    seen = []
    for backed_up in (True, False):
        ada.authenticator.backed_up = backed_up
        assert ada.sign_in().status_code == 200
        seen += rows("SELECT backed_up FROM passkeys")
    assert seen == [(True,), (False,)]


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256], ids=["ES256", "EdDSA", "RS256"])
def test_each_algorithm_that_is_offered_signs_in(ada: Person, algorithm: int) -> None:
    ada.authenticator = Authenticator(algorithm=algorithm)
    assert ada.add_passkey().status_code == 200
    assert ada.sign_in().status_code == 200


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256], ids=["ES256", "EdDSA", "RS256"])
def test_a_signature_of_each_algorithm_is_verified(algorithm: int) -> None:
    with pytest.raises(SignInRefused, match="signature"):
        ceremonies.sign_in(Authenticator(algorithm=algorithm), signing_key=new_key(algorithm))


def test_a_device_that_did_not_check_the_user_gets_an_error_of_its_own(holder: Person) -> None:
    holder.authenticator.user_verified = False
    refused(holder.sign_in, UserNotVerified)
    assert "PIN" in UserNotVerified.sentence


@pytest.mark.parametrize("setting", ["preferred", "discouraged"])
def test_a_device_need_not_check_the_user_where_that_is_not_required(
    make_app: MakeApp, setting: str
) -> None:
    ada = Person(make_app(USER_VERIFICATION=setting), "ada", user_verified=False).set_up()
    ada.add_passkey()
    assert ada.sign_in().status_code == 200


@pytest.mark.parametrize("verified", [True, False])
def test_only_a_verified_user_counts_as_two_factors(
    make_app: MakeApp, rows: Any, verified: bool
) -> None:
    ada = Person(make_app(USER_VERIFICATION="preferred"), "ada", user_verified=verified).set_up()
    ada.add_passkey()
    ada.log_out()
    ada.sign_in()
    [(methods, first_at, second_at)] = rows(
        "SELECT methods, first_factor_at, second_factor_at FROM sessions"
    )
    assert methods == "hwk user"
    assert second_at == (first_at if verified else None)


def test_a_credential_that_nobody_has_is_unknown(holder: Person) -> None:
    refused(lambda: holder.sign_in(credential_id=bytes(32)), CredentialUnknown)


def disable(username: str) -> None:
    User.update(disabled_at=1).where(User.username == username).execute()


def test_a_credential_that_somebody_has_is_never_unknown(holder: Person) -> None:
    disable("ada")
    refused(holder.sign_in, CredentialUnusable)
    User.update(disabled_at=None).execute()
    Passkey.update(rp_id="old.example").execute()
    refused(holder.sign_in, CredentialUnusable)  # the same, so that nobody is told which
    disable("ada")
    refused(holder.sign_in, CredentialUnusable)


@pytest.mark.parametrize("named", ["ada", " ADA ", "ａda"])
def test_the_person_who_was_named_signs_in(named: str) -> None:
    assert ceremonies.sign_in(Authenticator(), named=named)


@pytest.mark.parametrize("named", ["bob", "adaa", ""])
def test_somebody_else_than_was_named_is_refused(named: str) -> None:
    with pytest.raises(SignInRefused, match="another account") as caught:
        ceremonies.sign_in(Authenticator(), named=named)
    assert type(caught.value) is SignInRefused


def test_only_who_has_the_key_learns_that_somebody_else_was_named() -> None:
    with pytest.raises(SignInRefused, match="signature"):
        ceremonies.sign_in(Authenticator(), named="bob", signing_key=new_key(ES256))


def test_a_deleted_passkey_is_unknown(holder: Person) -> None:
    holder.log_in()
    holder.delete(holder.passkeys()[0]["id"])
    holder.log_out()
    refused(holder.sign_in, CredentialUnknown)


def test_a_browser_without_its_cookie_is_told_so(holder: Person) -> None:
    assertion = holder.authenticator.get(holder.request_options(), origin=ORIGIN)
    holder.browser.delete_cookie(BINDING)
    refused(lambda: holder.finish_sign_in(assertion), BrowserUnbound, left=1)


def test_a_request_without_an_assertion_is_told_so(holder: Person) -> None:
    holder.request_options()
    refused(lambda: holder.finish_sign_in({}), CredentialMissing, left=1)


def test_where_passkeys_are_switched_off_nobody_signs_in_by_one(make_app: MakeApp) -> None:
    ada = Person(make_app(), "ada").set_up()
    ada.add_passkey()
    assertion = ada.authenticator.get(ada.request_options(), origin=ORIGIN)
    ada.browser.application = make_app(PASSKEYS_ENABLED="off")
    refused(lambda: ada.get(f"{API}/sign-in/options"), PasskeysDisabled, left=1)
    refused(lambda: ada.finish_sign_in(assertion), PasskeysDisabled, left=1)


def test_somebody_elses_passkey_with_ones_own_handle_is_refused(ada: Person, bob: Person) -> None:
    ada.add_passkey()
    bob.add_passkey()
    own = bob.authenticator.credentials[0].user_handle
    refused(lambda: ada.sign_in(user_handle=own), SignInRefused)


def test_a_passkey_signs_in_the_user_who_registered_it(
    ada: Person, bob: Person, stranger: Person
) -> None:
    ada.add_passkey()
    bob.add_passkey()
    stranger.authenticator = bob.authenticator
    answer = stranger.sign_in()
    assert answer.json is not None and answer.json["user"]["username"] == "bob"


def test_no_refusal_says_why(holder: Person) -> None:
    answers = [holder.sign_in(**changes) for changes, _ in list(FLAWS.values())[:8]]
    assert len({answer.text for answer in answers}) == 1 and pending() == 0


def test_a_refusal_keeps_its_cause_for_the_log() -> None:
    with pytest.raises(AppError) as caught:
        ceremonies.sign_in(Authenticator(), client_data={"origin": "https://evil.example"})
    assert "evil" in caught.value.cause and "evil" not in caught.value.sentence
