"""Every answer of the MFA part is as Clerk publishes it, in both versions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from werkzeug.test import TestResponse

from tests.clerk.client import Clerk
from tests.clerk.factors import (
    NEW_API,
    code,
    elsewhere,
    second,
    shown,
    status_of,
    totp_on,
    verify,
)
from tests.clerk.published import MFA, MFA_VERSIONS, faults, statuses
from tests.conftest import MakeApp
from tests.people import ORIGIN, PASSWORD, Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ROUTES = sorted(MFA["specs"][MFA_VERSIONS[0]]["paths"], key=len)


class Published(Clerk):
    """A client whose every answer has to be as it is published."""

    def __init__(self, person: Person) -> None:
        super().__init__(person)
        self.seen: set[tuple[str, str, int]] = set()
        self.lenient = False  # for passkeys as second factors, which no schema has

    def ask(self, method: str, path: str, *args: Any, **options: Any) -> TestResponse:
        answer = super().ask(method, path, *args, **options)
        known = route(path)
        if known and method.lower() in MFA["specs"][MFA_VERSIONS[0]]["paths"][known]:
            self.check(answer, known, method.lower())
        return answer

    def check(self, answer: TestResponse, path: str, method: str) -> None:
        """Assert that the answer is as published in each version."""
        status = answer.status_code
        self.seen.add((method, path, status))
        for version in MFA_VERSIONS:
            assert status in statuses(version, path, method, of=MFA), (method, path, status)
            found = faults(answer.json, version, path, method, status, of=MFA)
            if self.lenient:
                found = [each for each in found if "second_factor_verification" not in each]
            assert found == [], (method, path, status)


def route(path: str) -> str | None:
    """Return the published path of a request's."""
    parts = path.rstrip("/").split("/")
    for known in ROUTES:
        named = known.split("/")
        pairs = list(zip(named, parts, strict=False))
        if len(named) == len(parts) and all(a == b or a[0:1] == "{" for a, b in pairs):
            return known
    return None


@contextmanager
def lenient(clerk: Published) -> Iterator[None]:
    """Let the verification of a second factor be one that no schema has."""
    clerk.lenient = True
    yield
    clerk.lenient = False


def signed_in(make_app: MakeApp, **settings: Any) -> Published:
    """Return the first account's client, where proofs are old after ten minutes."""
    app = make_app(STEP_UP_AGE="10m", **settings)
    return Published(Person(app, "ada").set_up())


def test_a_life_with_second_factors_is_as_published(make_app: MakeApp) -> None:
    with time_machine.travel("2026-05-05", tick=False) as clock:
        adas = signed_in(make_app, MFA_POLICY="enrolled")
        adas.ask("POST", "/v1/me/totp/attempt_verification", {"code": "123456"})
        secret, _ = totp_on(adas)
        adas.ask("POST", "/v1/me/totp")
        codes = adas.given("POST", "/v1/me/backup_codes/")["codes"]
        clock.shift(31)
        adas.person.log_out()
        sign_in(adas, secret, codes)
        adas.add()
        adas.ask("GET", "/v1/me/sessions")
        adas.ask("GET", "/v1/me/sessions/active")
        clock.shift(timedelta(minutes=11))
        for method, path in (("POST", "/v1/me/totp"), ("DELETE", "/v1/me/totp")):
            adas.ask(method, path)
        reverify(adas, secret)
        change(adas, clock)
        adas.given("DELETE", "/v1/me/totp")
        adas.ask("DELETE", "/v1/me/totp")
        adas.ask("GET", "/v1/me")
    wanted = {
        (method, path, 200)
        for path, item in MFA["specs"][MFA_VERSIONS[0]]["paths"].items()
        for method in item
    }
    assert wanted - adas.seen == set()


def sign_in(adas: Published, secret: str, codes: list[str]) -> None:
    """Sign in by password and each second factor."""
    begun = adas.given("POST", "/v1/client/sign_ins", {"identifier": "ada"})
    path = f"/v1/client/sign_ins/{begun['id']}"
    adas.ask("GET", path)
    adas.given("POST", f"{path}/prepare_first_factor", {"strategy": "passkey"})
    password = {"strategy": "password", "password": PASSWORD}
    waiting = adas.given("POST", f"{path}/attempt_first_factor", password)
    adas.ask("GET", path)
    adas.ask("GET", "/v1/client")
    adas.ask("POST", f"{path}/prepare_second_factor", {"strategy": "passkey"})
    second(adas, waiting, strategy="totp", code="123")
    assert status_of(second(adas, waiting, strategy="totp", code=code(secret))) == "complete"
    adas.add()
    adas.person.log_out()
    form = {"strategy": "password", "identifier": "ada", "password": PASSWORD}
    waiting = adas.given("POST", "/v1/client/sign_ins", form, query=NEW_API)
    path = f"/v1/client/sign_ins/{waiting['id']}"
    with lenient(adas):
        adas.ask("POST", f"{path}/prepare_second_factor", {"strategy": "passkey"}, query=NEW_API)
    done = second(adas, waiting, strategy="backup_code", code=codes[0])
    assert status_of(done) == "complete"


def reverify(adas: Published, secret: str) -> None:
    """Confirm in each way."""
    verify(adas, level="second_factor", query=NEW_API)
    verify(adas, level="nonsense")
    answer = verify(adas, "prepare_first_factor", strategy="passkey")
    nonce = (answer.json or {})["response"]["first_factor_verification"]["nonce"]
    form = {"strategy": "passkey", "public_key_credential": shown(adas, nonce)}
    assert status_of(verify(adas, "attempt_first_factor", **form)) == "complete"
    verify(adas, "attempt_first_factor", strategy="password", password="wrong")
    verify(adas, "attempt_first_factor", strategy="password", password=PASSWORD)
    verify(adas, "attempt_second_factor", strategy="totp", code="123")
    verify(adas, "attempt_second_factor", strategy="totp", code=code(secret))
    own = f"/v1/client/sessions/{adas.session()['id']}"
    adas.given("POST", f"{own}/touch")
    adas.given("GET", own)
    with lenient(adas):
        verify(adas, "prepare_second_factor", strategy="passkey", query=NEW_API)


def change(adas: Published, clock: time_machine.Traveller) -> None:
    """Change name and password, and end another session."""
    adas.ask("PATCH", "/v1/me", {"username": "ada2"})
    adas.ask("PATCH", "/v1/me", {"username": ""})
    adas.person.username = "ada2"
    path = "/v1/me/change_password"
    for password in ("short", "password1", "another good one"):
        adas.ask("POST", path, {"new_password": password})
    wrong = {"new_password": "another good one", "current_password": "wrong"}
    adas.ask("POST", path, wrong)
    other = elsewhere(adas)
    assert other.sign_in_by_passkey(origin=ORIGIN).status_code == 200
    revoked = f"/v1/me/sessions/{other.session()['id']}/revoke"
    clock.shift(timedelta(minutes=11))
    adas.ask("POST", revoked)
    form = {"strategy": "password", "password": "another good one"}
    assert verify(adas, "attempt_first_factor", **form).status_code == 200
    adas.given("POST", revoked)
    answer = verify(adas, "prepare_first_factor", strategy="passkey")
    nonce = (answer.json or {})["response"]["first_factor_verification"]["nonce"]
    form = {"strategy": "passkey", "public_key_credential": shown(adas, nonce)}
    assert status_of(verify(adas, "attempt_first_factor", **form)) == "complete"


def test_a_pending_session_is_as_published(make_app: MakeApp) -> None:
    adas = signed_in(make_app, MFA_POLICY="required")
    assert adas.session()["status"] == "pending"
    adas.ask("GET", "/v1/me")
    assert adas.ask("GET", "/v1/me/sessions").status_code == 403
    verify(adas, "attempt_first_factor", strategy="password", password=PASSWORD)
    totp_on(adas)
    assert adas.session()["status"] == "active"


def test_a_shape_without_a_schema_is_like_the_others(make_app: MakeApp) -> None:
    adas = signed_in(make_app, MFA_POLICY="enrolled")
    adas.add()
    with lenient(adas):
        answer = verify(adas, "prepare_second_factor", strategy="passkey", query=NEW_API)
        prepared = (answer.json or {})["response"]["second_factor_verification"]
        assert set(prepared) == {"status", "strategy", "attempts", "expire_at", "nonce"}
        form = {"strategy": "passkey", "public_key_credential": shown(adas, prepared["nonce"])}
        answer = verify(adas, "attempt_second_factor", **form, query=NEW_API)
    done = (answer.json or {})["response"]["second_factor_verification"]
    assert set(done) == {"status", "strategy", "attempts", "expire_at"}
