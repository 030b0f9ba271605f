"""/metrics count second steps, step-ups and recoveries, by way and outcome."""

import re

import pytest
from flask import Flask
from pyotp import TOTP

from app.core import administration
from app.core.mfa import recovery
from app.storage.models import RecoveryCode, Totp, User
from tests.cli.test_factors import turn_totp_on
from tests.conftest import MakeApp
from tests.ops.test_metrics import TOKEN, scrape
from tests.people import API, ORIGIN, PASSWORD, Person

WRONG = "000000"
SECOND_STEP, STEP_UP = f"{API}/sign-in/second", f"{API}/verify"


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app(METRICS=TOKEN)


def proofs(app: Flask) -> dict[str, float]:
    """Return the counts by "act way result reason"."""
    labels = r'act="(\w+)",reason="(\w*)",result="(\w+)",way="(\w+)"'
    found = {re.search(rf"proofs_total{{{labels}}}", name): n for name, n in scrape(app).items()}
    return {match.expand(r"\1 \4 \3 \2").strip(): n for match, n in found.items() if match}


def fresh(secret: str) -> str:
    """Return a code that is good again, as if it had not been used."""
    Totp.update(last_step=0).execute()
    return TOTP(secret).now()


def test_second_steps_are_counted(app: Flask, ada: Person) -> None:
    secret, [code, *_] = turn_totp_on(ada)
    for answer in ({"code": WRONG}, {"code": fresh(secret)}):
        assert ada.log_in().status_code == 200
        ada.post(SECOND_STEP, answer)
    for answer in ({"code": code}, {"recovery_code": code}):  # used up by the first
        assert ada.log_in().status_code == 200
        ada.post(SECOND_STEP, answer)
    assert proofs(app) == {
        "second_step totp refused code_wrong": 1,
        "second_step totp ok": 1,
        "second_step recovery ok": 1,
        "second_step recovery refused recovery_code_wrong": 1,
    }


def test_step_ups_are_counted(app: Flask, ada: Person) -> None:
    assert ada.post(STEP_UP, {"password": "wrong password"}).status_code == 400
    assert ada.post(STEP_UP, {"password": PASSWORD}).status_code == 200
    ada.add_passkey()
    options = (ada.get(f"{STEP_UP}/options").json or {})["options"]
    response = ada.authenticator.get(options, origin=ORIGIN)
    for _ in range(2):  # the challenge is used up
        ada.post(STEP_UP, {"response": response})
    assert proofs(app) == {
        "step_up password refused wrong_password": 1,
        "step_up password ok": 1,
        "step_up passkey ok": 1,
        "step_up passkey refused challenge_unknown": 1,
    }


def test_codes_and_links_by_themselves_are_counted(app: Flask, ada: Person) -> None:
    ada.add_passkey()
    _, [code, *_] = turn_totp_on(ada)
    User.update(password_hash=None).execute()
    body = {"username": "ada", "code": code}
    for _ in range(2):
        ada.post(f"{API}/recover", body)
    assert RecoveryCode.select().count() == 9
    token = recovery.make_link(administration.find("ada"), context=ada.context())
    for _ in range(2):
        ada.post(f"{API}/link", {"token": token})
    assert proofs(app) == {
        "recovery recovery ok": 1,
        "recovery recovery refused recovery_code_wrong": 1,
        "recovery link ok": 1,
        "recovery link refused link_invalid": 1,
    }
