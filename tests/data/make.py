"""Make tests/data/VERSION: databases of this version, for later ones to upgrade.

    python -m tests.data.make

Run it once per release, before the next version changes anything; what it made is never
edited. Each folder holds an SQLite file and a PostgreSQL dump of the same story, their
secret key, and for each a JSON file with what the people of the story hold themselves:
passwords, private keys, cookies, an API token, an invite code.
"""

import json
import os
import secrets
import shutil
import subprocess
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from flask import Flask

from app import create_app
from app.core import administration, clock, invites
from app.storage import database
from app.version import __version__
from tests import postgresql
from tests.authenticator import EDDSA, ES256, RS256, Authenticator
from tests.clerk.client import Clerk
from tests.people import Person

FOLDER = Path(__file__).parent / __version__
TABLES = ("users", "passkeys", "sessions", "enrolments", "invites", "audit_events", "signing_keys")


def main() -> None:
    """Write both databases and what belongs to them."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "secret_key").write_text(secrets.token_urlsafe(32))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        shutil.copy(FOLDER / "secret_key", data)
        (data / "secret_key").chmod(0o600)
        _write("sqlite", data, f"sqlite:///{data}/passline.db")
        database.db.execute_sql("PRAGMA journal_mode = DELETE")  # all of it in one file
        database.disconnect()
        shutil.copy(data / "passline.db", FOLDER)
        url = postgresql.empty_database()
        _write("postgresql", data, url)
        database.disconnect()
        dump = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", url]
        lines = subprocess.run(dump, check=True, capture_output=True, text=True).stdout.splitlines()
        # Lines that begin with a backslash are for psql alone; comments are for nobody.
        kept = [line for line in lines if line and not line.startswith(("\\", "--"))]
        (FOLDER / "passline.sql").write_text("\n".join(kept) + "\n")
        postgresql.drop_own_database()


def _write(name: str, data: Path, url: str) -> None:
    names = {"DATA_DIR": str(data), "DATABASE_URL": url, "RATE_LIMITS": "off", "LOG_LEVEL": "error"}
    os.environ |= {f"PASSLINE_{each}": value for each, value in names.items()}
    app = create_app()
    app.testing = True
    story = _story(app)
    counted = {each: _count(each) for each in TABLES}
    (FOLDER / f"{name}.json").write_text(json.dumps(story | {"rows": counted}, indent=1) + "\n")


def _count(table: str) -> int:
    return int(database.db.execute_sql(f"SELECT count(*) FROM {table}").fetchone()[0])


def _story(app: Flask) -> dict[str, Any]:
    """Live a small life, and return what the people of the story hold.

    They are three, one of them disabled, with everything that a database can hold.
    """
    ada = _person(app, "ada", Authenticator(algorithm=ES256), Authenticator(algorithm=RS256))
    synced = Authenticator(
        algorithm=EDDSA, backup_eligible=True, backed_up=True, sign_count_enabled=False
    )
    bob = _person(app, "bob", synced)
    carol = _person(app, "carol", Authenticator(algorithm=ES256))
    clerk = Clerk(ada["person"])
    session = clerk.session()
    token = clerk.ask("POST", f"/v1/client/sessions/{session['id']}/tokens").json["jwt"]
    unfinished = clerk.begin()["id"]
    api_token = bob["person"].api_token()
    with app.app_context():
        administration.disable(administration.find("carol"), context=ada["person"].context())
        code = invites.create(max_uses=3, days=30, context=ada["person"].context())
    return {
        "made_at": clock.now(),
        "people": [_held(each) for each in (ada, bob, carol)],
        "disabled": "carol",
        "api_token": {"username": "bob", "token": api_token},
        "invite": code,
        "session_token": token,
        "jwks": ada["person"].get("/.well-known/jwks.json").json,
        "unfinished_passkey": unfinished,
    }


def _person(app: Flask, username: str, *authenticators: Authenticator) -> dict[str, Any]:
    person = Person(app, username)
    person.set_up() if username == "ada" else person.added_by_hand()
    for number, each in enumerate(authenticators, 1):
        person.authenticator = each
        assert person.add_passkey(f"Key {number}").status_code == 200
        assert person.sign_in().status_code == 200
    return {"person": person, "authenticators": authenticators}


def _held(each: dict[str, Any]) -> dict[str, Any]:
    person, form = each["person"], serialization.PrivateFormat.PKCS8
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return {
        "username": person.username,
        "password": person.password,
        "cookie": person.browser.get_cookie("passline_session").value,
        "passkeys": [
            {
                "algorithm": authenticator.algorithm,
                "backup_eligible": authenticator.backup_eligible,
                "counts": authenticator.sign_count_enabled,
                "credential_id": b64encode(credential.id).decode(),
                "private_key": credential.private_key.private_bytes(pem, form, plain).decode(),
                "rp_id": credential.rp_id,
                "user_handle": b64encode(credential.user_handle).decode(),
                "sign_count": credential.sign_count,
            }
            for authenticator in each["authenticators"]
            for credential in authenticator.credentials
        ],
    }


if __name__ == "__main__":
    main()
