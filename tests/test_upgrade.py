"""Databases that earlier versions left behind are upgraded.

Everybody signs in, and what people hold still works.
"""

import json
import shutil
import sqlite3
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from flask import Flask

from app import create_app
from app.storage import database
from tests import postgresql
from tests.authenticator import Authenticator, Credential
from tests.clerk.client import Clerk
from tests.conftest import QUICK, close_database
from tests.people import Person

DATA = Path(__file__).parent / "data"
VERSIONS = sorted(path.name for path in DATA.iterdir() if (path / "secret_key").exists())
HOUR = 3_600_000


class Left(NamedTuple):
    """An app on an upgraded database, and what its people hold from before."""

    app: Flask
    holds: dict[str, Any]
    rows: dict[str, int]

    def person(self, username: str) -> Person:
        """Return a person with their password, in a fresh browser."""
        held = next(each for each in self.holds["people"] if each["username"] == username)
        person = Person(self.app, username)
        person.password = held["password"]
        return person

    def with_cookie(self, username: str) -> Person:
        """Return a person in the browser in which they were signed in."""
        held = next(each for each in self.holds["people"] if each["username"] == username)
        person = self.person(username)
        person.browser.set_cookie("passline_session", held["cookie"])
        return person


@pytest.fixture(
    params=[(version, kind) for version in VERSIONS for kind in ("sqlite", "postgresql")],
    ids="-".join,
)
def left(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Left]:
    """The app of today on a database of then, an hour after it was left."""
    version, kind = request.param
    folder, data = DATA / version, tmp_path / "data"
    data.mkdir()
    shutil.copy(folder / "secret_key", data)
    (data / "secret_key").chmod(0o600)
    holds = json.loads((folder / f"{kind}.json").read_text())
    url = _sqlite(folder, data) if kind == "sqlite" else _postgresql(folder)
    for name, value in {**QUICK, "DATABASE_URL": url, "REGISTRATION": "invite"}.items():
        monkeypatch.setenv(f"PASSLINE_{name}", value)
    with time_machine.travel((holds["made_at"] + HOUR) / 1000):
        app = create_app()
        app.testing = True
        yield Left(app, holds, holds["rows"])
        close_database()


def _sqlite(folder: Path, data: Path) -> str:
    shutil.copy(folder / "passline.db", data)
    with sqlite3.connect(data / "passline.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    return f"sqlite:///{data}/passline.db"


def _postgresql(folder: Path) -> str:
    import psycopg

    url = postgresql.empty_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute((folder / "passline.sql").read_text())
    return url


def test_there_is_a_database_of_each_version() -> None:
    assert "0.1.0" in VERSIONS


def test_no_row_is_lost(left: Left) -> None:
    for table, count in left.rows.items():
        counted = database.db.execute_sql(f"SELECT count(*) FROM {table}")
        assert counted.fetchone()[0] == count, table


def test_everybody_signs_in_by_password_but_who_is_disabled(left: Left) -> None:
    for held in left.holds["people"]:
        name = held["username"]
        status = 400 if name == left.holds["disabled"] else 200
        assert left.person(name).log_in().status_code == status, name


def test_everybody_signs_in_by_each_passkey_but_who_is_disabled(left: Left) -> None:
    for held in left.holds["people"]:
        for passkey in held["passkeys"]:
            person = left.person(held["username"])
            person.authenticator = _authenticator(passkey)
            answer = person.sign_in()
            if held["username"] == left.holds["disabled"]:
                assert answer.status_code == 400
            else:
                assert answer.status_code == 200, answer.text
                assert (answer.json or {})["user"]["username"] == held["username"]


def _authenticator(passkey: dict[str, Any]) -> Authenticator:
    backed_up = passkey["backup_eligible"]
    made = Authenticator(
        algorithm=passkey["algorithm"],
        backup_eligible=backed_up,
        backed_up=backed_up,
        sign_count_enabled=passkey["counts"],
    )
    key: Any = serialization.load_pem_private_key(passkey["private_key"].encode(), password=None)
    handle, credential_id = b64decode(passkey["user_handle"]), b64decode(passkey["credential_id"])
    credential = Credential(credential_id, key, passkey["rp_id"], handle, passkey["sign_count"])
    made.credentials.append(credential)
    return made


def test_the_cookies_of_before_still_sign_in_but_who_is_disabled(left: Left) -> None:
    for held in left.holds["people"]:
        person = left.with_cookie(held["username"])
        assert person.signed_in() == (held["username"] != left.holds["disabled"])
        if person.signed_in():
            assert len(person.passkeys()) == len(held["passkeys"])


def test_a_session_of_before_can_add_rename_and_delete_a_passkey(left: Left) -> None:
    ada = left.with_cookie("ada")
    assert ada.add_passkey("New").status_code == 200
    newest = ada.passkeys()[-1]
    assert newest["name"] == "New"
    assert ada.rename(newest["id"], "Newer").status_code == 200
    assert ada.delete(newest["id"]).status_code == 200


def test_the_sessions_of_before_have_proved_what_they_began_with(left: Left) -> None:
    query = "SELECT methods, auth_time, first_factor_at, second_factor_at FROM sessions"
    found = database.db.execute_sql(query).fetchall()
    assert {"mfa" in methods for methods, *_ in found} == {True, False}
    for methods, at, first_at, second_at in found:
        assert (first_at, second_at) == (at, at if "mfa" in methods else None)


@pytest.mark.zipline
def test_the_api_token_of_before_works_and_can_be_read(left: Left) -> None:
    token, username = left.holds["api_token"]["token"], left.holds["api_token"]["username"]
    answer = left.app.test_client().get("/api/user", headers={"Authorization": token})
    assert (answer.json or {})["user"]["username"] == username
    assert (left.with_cookie(username).get("/api/user/token").json or {})["token"] == token


@pytest.mark.clerk
def test_the_published_keys_are_the_same_and_verify_the_tokens_of_before_and_of_now(
    left: Left,
) -> None:
    published = left.app.test_client().get("/.well-known/jwks.json").json or {}
    assert published == left.holds["jwks"]
    ada = Clerk(left.with_cookie("ada"))
    new = ada.ask("POST", f"/v1/client/sessions/{ada.session()['id']}/tokens").json or {}
    keys = jwt.PyJWKSet.from_dict(published)
    for token in (left.holds["session_token"], new["jwt"]):
        key = keys[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(token, key, algorithms=["RS256"], options={"verify_exp": False})
        assert claims["sub"] == ada.session()["user"]["id"]


def test_the_invite_of_before_lets_somebody_register(left: Left) -> None:
    dora = Person(left.app, "dora")
    body = {"username": "dora", "password": dora.password, "code": left.holds["invite"]}
    assert dora.post("/account/api/registration", body).status_code == 200


@pytest.mark.clerk
def test_an_unfinished_passkey_is_still_known_and_has_expired(left: Left) -> None:
    path = f"/v1/me/passkeys/{left.holds['unfinished_passkey']}"
    answer = Clerk(left.with_cookie("ada")).given("GET", path)
    assert answer["verification"]["status"] == "expired"
