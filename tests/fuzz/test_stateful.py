"""People set up, sign in and out, and change passkeys in any order, beside a model."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from werkzeug.test import TestResponse

from app.core import text
from tests.authenticator import Credential
from tests.clerk.client import PASSKEYS as CLERKS_PASSKEYS
from tests.clerk.client import Clerk
from tests.conftest import MakeApp
from tests.documented import Documented, Watched
from tests.fuzz import fuzz
from tests.people import ORIGIN, PASSKEYS, PASSWORD

NAMES = st.sampled_from(["Laptop", "Phone", "Laptop 2", "ключ", " x "])
NAMES |= st.text(min_size=1, max_size=110)
DEFAULT = "Passkey"


class Service(RuleBasedStateMachine):
    """Two people and their browsers.

    The model knows who is signed in, and each one's passkeys by name, in order.
    """

    make_app: MakeApp
    document: Documented | None = None

    @initialize()
    def start(self) -> None:
        url = f"sqlite:///{tempfile.mkdtemp(dir=self.directory)}/passline.db"
        self.app = self.make_app(DATABASE_URL=url, REGISTRATION="open", LOG_LEVEL="error")
        type(self).document = self.document or Documented(self.app)
        self.people = [Watched(self.document, self.app, name) for name in ("ada", "bob")]
        self.accounts: set[str] = set()
        self.signed_in: set[str] = set()
        self.passkeys: dict[str, dict[str, str]] = {"ada": {}, "bob": {}}
        self.strangers = 0  # attempts to sign in without an account
        self.held: dict[str, Credential] = {}  # by the passkey's id

    directory: Path

    who = st.integers(0, 1)

    def person(self, number: int) -> Watched:
        return self.people[number]

    @rule(who=who)
    def make_an_account(self, who: int) -> None:
        person = self.person(who)
        path = "/account/api/registration" if self.accounts else "/account/api/setup"
        answer = person.post(path, {"username": person.username, "password": PASSWORD})
        assert (answer.status_code == 200) == (person.username not in self.accounts)
        if answer.status_code == 200:
            self.accounts.add(person.username)
            self.signed_in.add(person.username)

    @rule(who=who)
    def set_up(self, who: int) -> None:
        person = self.person(who)
        body = {"username": person.username, "password": PASSWORD}
        answer = person.post("/account/api/setup", body)
        assert answer.status_code == (403 if self.accounts else 200)
        if answer.status_code == 200:
            self.accounts.add(person.username)
            self.signed_in.add(person.username)

    @rule(who=who)
    def sign_in_by_password(self, who: int) -> None:
        person = self.person(who)
        known = person.username in self.accounts
        if not known:
            self.strangers += 1
        if self.strangers > 4 and not known:
            return  # a fifth failure would delay the next attempt
        assert person.log_in().status_code == (200 if known else 400)
        if known:
            self.signed_in.add(person.username)

    @rule(who=who, clerk=st.booleans())
    def sign_out(self, who: int, clerk: bool) -> None:
        person = self.person(who)
        answer = Clerk(person).ask("DELETE", "/v1/client/sessions") if clerk else person.log_out()
        assert answer.status_code == (200 if clerk or person.username in self.signed_in else 401)
        self.signed_in.discard(person.username)

    @rule(who=who, name=NAMES)
    def add_a_passkey(self, who: int, name: str) -> None:
        person = self.person(who)
        options = person.get(f"{PASSKEYS}/options")
        if person.username not in self.signed_in:
            assert options.status_code == 401
            return
        created = self.created(person, (options.json or {})["options"])
        answer = person.post(PASSKEYS, {"response": created, "name": name})
        if self.named(answer, name):
            new = (answer.json or {})["passkeys"][-1]["id"]
            self.added(person, new, name)

    @rule(who=who)
    def add_a_passkey_by_clerk(self, who: int) -> None:
        person, clerk = self.person(who), Clerk(self.person(who))
        begun = clerk.ask("POST", CLERKS_PASSKEYS)
        if person.username not in self.signed_in:
            assert begun.status_code == 401
            return
        passkey = (begun.json or {})["response"]
        assert clerk.attempt(passkey, clerk.credential(passkey)).status_code == 200
        self.added(person, passkey["id"].removeprefix("idn_"), DEFAULT)

    def created(self, person: Watched, options: Any) -> Any:
        return person.authenticator.create(options, origin=ORIGIN)

    def named(self, answer: TestResponse, name: str) -> bool:
        """Return whether the name is sound; assert that it was taken exactly then."""
        good = text.fault_in(text.passkey_name(name), longest=100) is None
        assert (answer.status_code == 200) == good, answer.text
        return good

    def added(self, person: Watched, passkey_id: str, name: str) -> None:
        self.passkeys[person.username][passkey_id] = self.free(person, passkey_id, name)
        self.held[passkey_id] = person.authenticator.credentials[-1]

    def free(self, person: Watched, passkey_id: str, name: str) -> str:
        others = {each for key, each in self.passkeys[person.username].items() if key != passkey_id}
        return text.numbered(text.passkey_name(name), others)

    @precondition(lambda self: self.held)
    @rule(who=who, which=st.integers(0, 50), name=NAMES)
    def rename_a_passkey(self, who: int, which: int, name: str) -> None:
        """Rename anybody's, by anybody: only the owner's attempt counts."""
        person, passkey_id = self.person(who), list(self.held)[which % len(self.held)]
        answer = person.rename(passkey_id, name)
        if person.username not in self.signed_in:
            assert answer.status_code == 401
        elif passkey_id not in self.passkeys[person.username]:
            assert answer.status_code == 400
        elif self.named(answer, name):
            self.passkeys[person.username][passkey_id] = self.free(person, passkey_id, name)

    @precondition(lambda self: self.held)
    @rule(who=who, which=st.integers(0, 50), clerk=st.booleans())
    def delete_a_passkey(self, who: int, which: int, clerk: bool) -> None:
        """Delete anybody's, by anybody, even twice: the owner's first try counts."""
        person, passkey_id = self.person(who), list(self.held)[which % len(self.held)]
        if clerk:
            answer = Clerk(person).ask("DELETE", f"{CLERKS_PASSKEYS}/idn_{passkey_id}")
        else:
            answer = person.delete(passkey_id)
        unknown = 404 if clerk else 400
        status = 200 if passkey_id in self.passkeys[person.username] else unknown
        assert answer.status_code == (status if person.username in self.signed_in else 401)
        if answer.status_code == 200:
            del self.passkeys[person.username][passkey_id]

    @precondition(lambda self: self.held)
    @rule(who=who, which=st.integers(0, 50), clerk=st.booleans())
    def sign_in_by_passkey(self, who: int, which: int, clerk: bool) -> None:
        """Sign in by one's own passkey, which may be deleted by now, as its owner."""
        person = self.person(who)
        passkey_id = list(self.held)[which % len(self.held)]
        credential = self.held[passkey_id]
        if credential not in person.authenticator.credentials:
            return
        if clerk:
            answer = self.asserted_by_clerk(person, credential)
        else:
            answer = person.sign_in(credential=credential)
        if passkey_id in self.passkeys[person.username]:
            assert answer.status_code == 200, answer.text
            self.signed_in.add(person.username)
        else:
            assert answer.status_code == (422 if clerk else 400), answer.text

    def asserted_by_clerk(self, person: Watched, credential: Credential) -> TestResponse:
        clerk = Clerk(person)
        begun = clerk.given("POST", "/v1/client/sign_ins", {"strategy": "passkey"})
        return clerk.finish(begun, clerk.assertion(begun, credential=credential))

    @invariant()
    def everybody_sees_what_the_model_says(self) -> None:
        for person in getattr(self, "people", []):
            inside = person.username in self.signed_in
            assert person.get("/account/api/passkeys").status_code == (200 if inside else 401)
            client = Clerk(person).given("GET", "/v1/client") or {}
            assert (client.get("last_active_session_id") is not None) == inside
            if inside:
                expected = list(self.passkeys[person.username].items())
                assert [(each["id"], each["name"]) for each in person.passkeys()] == expected
                shown = Clerk(person).given("GET", "/v1/me")["passkeys"]
                expected = [(f"idn_{passkey_id}", name) for passkey_id, name in expected]
                assert [(each["id"], each["name"]) for each in shown] == expected


@pytest.mark.clerk
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_any_order_of_steps_leaves_what_the_model_says(make_app: MakeApp, tmp_path: Path) -> None:
    class OnThisDatabase(Service):
        pass

    OnThisDatabase.make_app, OnThisDatabase.directory = staticmethod(make_app), tmp_path
    run_state_machine_as_test(OnThisDatabase, settings=fuzz(25, stateful_step_count=30))
