"""Who is in the database: a crowd that only fills it, and people who can sign in."""

import json
import secrets
import sys

from app.core import tokens
from app.storage import database
from app.storage.models import Passkey, User
from bench.http11 import Connection
from bench.operations import PASSKEY, PASSWORD, Person
from tests.authenticator import Authenticator, b64

_CHUNK = 500


def join(
    base: str, *, passkeys: int, name: str | None = None, origin: str | None = None
) -> tuple[Connection, Person]:
    """Make an account with passkeys over the API; return a browser signed in to it."""
    origin = origin or base.replace("127.0.0.1", "localhost")
    username, connection = name or f"bench-{secrets.token_hex(6)}", Connection(base)
    account = json.dumps({"username": username, "password": PASSWORD}).encode()
    first = connection.ask("POST", "/api/setup", account)
    joined = first if first.status == 200 else connection.ask("POST", "/api/auth/register", account)
    if joined.status != 200:
        sys.exit(f"{base} lets nobody register: {joined.status} {joined.body[:200]!r}")
    authenticator = Authenticator()
    for number in range(passkeys):
        options = json.loads(connection.ask("GET", f"{PASSKEY}/options").body)
        options["excludeCredentials"] = []
        credential = Authenticator.create(authenticator, options, origin=origin)
        body = json.dumps({"response": credential, "name": f"Passkey {number}"}).encode()
        if (answer := connection.ask("POST", PASSKEY, body)).status != 200:
            sys.exit(f"{base} refused a passkey: {answer.body[:300]!r}")
    credential_in_use = authenticator.credentials[0] if authenticator.credentials else None
    return connection, Person(username, authenticator, credential_in_use, origin)


def crowd(url: str, *, users: int, passkeys: int = 3) -> None:
    """Fill the database with users who never sign in and passkeys of the usual size."""
    database.bind(url)
    for start in range(0, users, _CHUNK):
        people = [_user(number) for number in range(start, min(users, start + _CHUNK))]
        keys = [_passkey(user["id"]) for user in people for _ in range(passkeys)]
        with database.transient():
            for chunk in range(0, len(people), 50):
                User.insert_many(people[chunk : chunk + 50]).execute()
            for chunk in range(0, len(keys), 50):
                Passkey.insert_many(keys[chunk : chunk + 50]).execute()
    database.disconnect()


def _user(number: int) -> dict[str, object]:
    return {
        "id": tokens.new_id(),
        "username": f"crowd-{number}",
        "username_key": f"crowd-{number}",
        "role": "USER",
        "view": "{}",
        "password_hash": None,
        "user_handle": secrets.token_bytes(64),
        "token_digest": secrets.token_bytes(32),
        "token_sealed": secrets.token_bytes(140),
        "created_at": number,
        "updated_at": number,
    }


def _passkey(user_id: object) -> dict[str, object]:
    credential_id = secrets.token_bytes(32)
    registration = {
        "id": b64(credential_id),
        "type": "public-key",
        "rawId": b64(credential_id),
        "response": {
            "transports": ["internal"],
            "clientDataJSON": "x" * 180,
            "attestationObject": "x" * 250,
        },
        "clientExtensionResults": {},
    }
    return {
        "id": tokens.new_id(),
        "user_id": user_id,
        "name": "Laptop",
        "credential_id": credential_id,
        "public_key": secrets.token_bytes(77),
        "sign_count": 0,
        "transports": '["internal"]',
        "aaguid": "00000000-0000-0000-0000-000000000000",
        "backup_eligible": True,
        "backed_up": True,
        "user_verified": True,
        "attestation_format": "none",
        "rp_id": "localhost",
        "registration": json.dumps(registration),
        "created_at": 0,
        "updated_at": 0,
        "last_used_at": 0,
    }
