"""flask doctor: what policy, passkeys and seals mean for how many people."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.operations import second_factors
from app.storage import database
from app.storage.models import Totp, User
from tests.cli.conftest import Run
from tests.cli.test_factors import turn_totp_on
from tests.conftest import MakeApp, close_database
from tests.people import Person

ANOTHER = "correct horse battery staple, twice"
AGE = {"STEP_UP_AGE": "10m"}
Diagnose = Callable[..., dict[str, list[str]]]


@pytest.fixture
def diagnose(make_app: MakeApp) -> Diagnose:
    """Return a function that runs the doctor; it returns the words by their level."""

    def diagnose(**settings: str) -> dict[str, list[str]]:
        done = make_app(**settings).test_cli_runner().invoke(args=["doctor", "--json"])
        found: dict[str, list[str]] = {"ok": [], "warning": [], "fault": []}
        for each in json.loads(done.stdout)["findings"]:
            found[each["level"]].append(f"{each['about']}: {each['words']}")
        return found

    return diagnose


def about(words: list[str]) -> str:
    return "\n".join(each for each in words if each.startswith(("second", "passkeys")))


@pytest.fixture
def people(ada: Person, bob: Person) -> Flask:
    """Ada has a passkey, bob an app, cid a password alone; dan is disabled."""
    ada.add_passkey()
    turn_totp_on(bob)
    for name in ("cid", "dan"):
        Person(ada.app, name).added_by_hand()
    User.update(disabled_at=1).where(User.username == "dan").execute()
    return ada.app


@pytest.mark.usefixtures("people")
def test_what_the_policy_means_is_counted(diagnose: Diagnose) -> None:
    optional = about(diagnose(**AGE)["ok"])
    assert "The policy is optional: 2 of 3 people have a second factor" in optional
    assert "and 1 person is asked for it after the password." in optional
    User.update(always_asks=True).execute()
    assert "2 people are asked for it" in about(diagnose()["ok"])
    enrolled = about(diagnose(MFA_POLICY="enrolled", **AGE)["ok"])
    assert "enrolled: 2 of 3 people have a second factor, and whoever has one is" in enrolled
    required = about(diagnose(MFA_POLICY="required", **AGE)["warning"])
    assert "required: 2 of 3 people have a second factor; 1 person is asked to set" in required
    assert "until then the password alone decides who does" in required


@pytest.mark.usefixtures("people")
def test_where_everybody_has_one_required_is_no_warning(diagnose: Diagnose) -> None:
    User.delete().where(User.username == "cid").execute()
    assert about(diagnose(MFA_POLICY="required", **AGE)["warning"]) == ""


@pytest.mark.parametrize(
    ("policy", "age", "warns"),
    [
        ("optional", "0", False),
        ("enrolled", "0", True),
        ("required", "0", True),
        ("enrolled", "10m", False),
    ],
)
def test_a_policy_without_step_up_is_a_warning(
    diagnose: Diagnose, policy: str, age: str, warns: bool
) -> None:
    found = about(diagnose(MFA_POLICY=policy, STEP_UP_AGE=age)["warning"])
    assert ("PASSLINE_STEP_UP_AGE is 0" in found) == warns


@pytest.mark.usefixtures("people")
def test_passkeys_that_are_switched_off_are_counted(diagnose: Diagnose) -> None:
    off = {"PASSKEYS_ENABLED": "false"}
    found = diagnose(**off)
    assert "passkeys: 1 cannot sign in: PASSLINE_PASSKEYS_ENABLED is off" in about(found["warning"])
    assert "1 of 3 people have a second factor" in about(found["ok"])
    User.update(password_hash=None).execute()
    assert "1 person has no other way in" in about(diagnose(**off)["fault"])


@pytest.mark.usefixtures("people")
def test_a_passkey_of_another_rp_id_is_no_second_factor(diagnose: Diagnose) -> None:
    found = diagnose(RP_ID="auth.localhost", ORIGINS="http://auth.localhost:8000")
    assert "1 of 3 people have a second factor" in about(found["ok"])


def with_another_key(tmp_path: Path, run: Run) -> str:
    """Replace the secret key, and return what the command says."""
    (tmp_path / "data/secret_key").unlink()
    price = run("keys", "adopt", fails=True).output
    assert "The authenticator apps of 1 account are of no use" in price
    return str(run("keys", "adopt", "--yes").stdout)


@pytest.mark.usefixtures("people")
def test_apps_that_another_key_has_sealed_are_counted(
    diagnose: Diagnose, run: Run, tmp_path: Path, make_app: MakeApp, capsys: Any
) -> None:
    original = (tmp_path / "data/secret_key").read_text()
    assert "sealed" not in about(diagnose()["warning"])
    assert "Authenticator apps of 1 account are of no use." in with_another_key(tmp_path, run)
    told = about(diagnose()["warning"])
    assert "1 person has an authenticator app that another secret key has sealed" in told
    assert "`flask user reset-mfa`" in told
    capsys.readouterr()
    make_app()
    assert "1 person has an authenticator app" in capsys.readouterr().err
    (tmp_path / "data/secret_key").write_text(original)
    close_database()
    runner = create_app(upgrade=False).test_cli_runner()
    assert "Authenticator" not in runner.invoke(args=["keys", "adopt", "--yes"]).stdout
    capsys.readouterr()
    make_app()
    assert "authenticator" not in capsys.readouterr().err


@pytest.mark.usefixtures("people")
def test_a_start_without_another_key_reads_no_seal(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: Any) -> int:
        raise AssertionError("it reads seals")

    monkeypatch.setattr(second_factors, "unreadable", read)
    make_app()


def test_many_apps_are_looked_at_in_batches(app: Flask, ada: Person, rows: Any) -> None:
    turn_totp_on(ada)
    sealed = bytes(Totp.select(Totp.secret_sealed).scalar())
    with database.transient():
        for number in range(1001):
            values = dict.fromkeys(("id", "username", "username_key", "role"), f"c{number:024}")
            digest = {"user_handle": b"", "token_digest": b"%d" % number, "token_sealed": b""}
            User.insert(**values, **digest, created_at=1, updated_at=1).execute()
            same = {"secret_sealed": sealed, "last_step": 0, "created_at": 1}
            Totp.insert(id=values["id"], user=values["id"], **same).execute()
    service = app.extensions["passline"]
    assert second_factors.unreadable(service.seal) == 1001  # each belongs to its own row
