"""Valid responses, changed at every depth, on every edge: no refusal changes anything.

None is answered by a 500. Whatever is accepted has to be sound by its bytes, and a
valid response works after each of them.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app.storage.models import Passkey
from tests.authenticator import ES256, Authenticator
from tests.clerk.client import PASSKEYS as CLERKS_PASSKEYS
from tests.clerk.client import Clerk
from tests.conftest import MakeApp
from tests.documented import Documented, Watched
from tests.fuzz import fuzz, mutations
from tests.fuzz.soundness import check_authentication, check_registration, kept
from tests.people import ORIGIN, PASSKEYS, SIGN_IN

ATTESTATIONS = st.sampled_from(["none", "none", "packed-self", "fido-u2f", "packed-x5c"])
Changes = dict[str, Any]


@pytest.fixture(scope="module")
def documents() -> dict[str, Documented]:
    """A place for the document, which is the same for every app and is read once."""
    return {}


@pytest.fixture
def ada(make_app: MakeApp, documents: dict[str, Documented]) -> Iterator[Watched]:
    """Somebody signed in, with a passkey."""
    app = make_app(LOG_LEVEL="error")
    if not documents:
        documents[""] = Documented(app)
    ada = Watched(documents[""], app, "ada")
    ada.set_up()
    assert ada.add_passkey().status_code == 200
    yield ada


class OurWay:
    """The ceremonies as our own pages send them."""

    registration, sign_in = PASSKEYS, SIGN_IN

    def __init__(self, ada: Watched) -> None:
        self.ada = ada

    def begin_registration(self) -> Any:
        return self.ada.creation_options()

    def finish_registration(self, credential: Any) -> TestResponse:
        return send(self.ada, self.registration, {"response": credential, "name": "Fuzz"})

    def begin_sign_in(self) -> Any:
        return self.ada.request_options()

    def finish_sign_in(self, credential: Any) -> TestResponse:
        return send(self.ada, self.sign_in, {"response": credential})


class ZiplinesWay(OurWay):
    """The ceremonies as Zipline's clients send them."""

    registration, sign_in = "/api/user/mfa/passkey", "/api/auth/webauthn"

    def begin_registration(self) -> Any:
        return self.ada.get("/api/user/mfa/passkey/options").json

    def begin_sign_in(self) -> Any:
        return (self.ada.get("/api/auth/webauthn/options").json or {})["options"]


class ClerksWay:
    """The ceremonies as Clerk's clients send them."""

    def __init__(self, ada: Watched) -> None:
        self.ada, self.clerk, self.id = ada, Clerk(ada), ""

    def begin_registration(self) -> Any:
        begun = self.clerk.begin()
        self.id = begun["id"]
        return json.loads(begun["verification"]["nonce"])

    def finish_registration(self, credential: Any) -> TestResponse:
        return self._send(f"{CLERKS_PASSKEYS}/{self.id}/attempt_verification", credential)

    def begin_sign_in(self) -> Any:
        begun = self.clerk.given("POST", "/v1/client/sign_ins", {"strategy": "passkey"})
        self.id = begun["id"]
        return json.loads(begun["first_factor_verification"]["nonce"])

    def finish_sign_in(self, credential: Any) -> TestResponse:
        return self._send(f"/v1/client/sign_ins/{self.id}/attempt_first_factor", credential)

    def _send(self, path: str, credential: Any) -> TestResponse:
        body = {"strategy": "passkey", "public_key_credential": json.dumps(credential)}
        return send(self.ada, path, body)


def send(ada: Watched, path: str, body: Any) -> TestResponse:
    """Send JSON as a hostile client might write it: lone surrogates and NaN too."""
    return ada.call("POST", path, data=json.dumps(body), content_type="application/json")


Way = type[OurWay] | type[ClerksWay]
WAYS = pytest.mark.parametrize(
    "way",
    [
        OurWay,
        pytest.param(ZiplinesWay, marks=pytest.mark.zipline),
        pytest.param(ClerksWay, marks=pytest.mark.clerk),
    ],
)
ON_BOTH = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
REFUSED = {400, 413, 422}


def changed(changes: Changes, made: Any) -> Any:
    return changes["sent"](made) if "sent" in changes else made


def before_signing(changes: Changes) -> Changes:
    return {name: change for name, change in changes.items() if name != "sent"}


@WAYS
@ON_BOTH
def test_a_changed_registration(ada: Watched, way: Way) -> None:
    @fuzz(100)
    @given(changes=mutations.REGISTRATIONS, attestation=ATTESTATIONS)
    def fuzzed(changes: Changes, attestation: str) -> None:
        client = way(ada)
        ada.authenticator.attestation = "none"
        options = client.begin_registration()
        sent = changed(changes, attested(ada, attestation, options, before_signing(changes)))
        before = kept()
        answer = client.finish_registration(sent)
        if answer.status_code == 200:
            check_registration(sent, options["challenge"])
        else:
            assert answer.status_code in REFUSED
            assert kept() == before
        registers(ada, client)

    fuzzed()


def attested(ada: Watched, attestation: str, options: Any, changes: Changes) -> Any:
    """Return the answer of another authenticator.

    Its credentials must not get in the way of the first one's.
    """
    other = Authenticator(attestation=attestation, algorithm=ES256)
    return other.create(options, origin=ORIGIN, **changes)


def registers(ada: Watched, client: OurWay | ClerksWay) -> None:
    """Assert that a valid response still makes a passkey; keep the first one only."""
    passkeys = Passkey.select().count()
    valid = attested(ada, "none", client.begin_registration(), {})
    assert client.finish_registration(valid).status_code == 200
    assert Passkey.select().count() == passkeys + 1
    for each in ada.passkeys()[1:]:
        assert ada.delete(each["id"]).status_code == 200


@WAYS
@ON_BOTH
def test_a_changed_sign_in(ada: Watched, way: Way) -> None:
    @fuzz(100)
    @given(changes=mutations.AUTHENTICATIONS)
    def fuzzed(changes: Changes) -> None:
        client = way(ada)
        options = client.begin_sign_in()
        made = ada.authenticator.get(options, origin=ORIGIN, **before_signing(changes))
        sent, before = changed(changes, made), kept()
        answer = client.finish_sign_in(sent)
        if answer.status_code == 200:
            key = ada.authenticator.credentials[-1].private_key
            check_authentication(sent, options["challenge"], key)
            renew(ada)  # its counter may be at the end
        else:
            assert answer.status_code in REFUSED
            assert kept() == before
        valid = ada.authenticator.get(client.begin_sign_in(), origin=ORIGIN)
        assert client.finish_sign_in(valid).status_code == 200

    fuzzed()


def renew(ada: Watched) -> None:
    """Replace the old passkey with a new one."""
    [old] = ada.passkeys()
    assert ada.delete(old["id"]).status_code == 200
    assert ada.add_passkey().status_code == 200


def test_the_judge_knows_an_unsound_response(ada: Watched) -> None:
    options = ada.request_options()
    challenge, key = options["challenge"], ada.authenticator.credentials[-1].private_key
    check_authentication(ada.authenticator.get(options, origin=ORIGIN), challenge, key)
    elsewhere = {"client_data": {"origin": "https://evil.example"}}
    for changes in ({"flags": lambda _: 0x04}, elsewhere, {"rp_id": "evil"}):
        unsound = ada.authenticator.get(options, origin=ORIGIN, **changes)
        with pytest.raises(AssertionError):
            check_authentication(unsound, challenge, key)
