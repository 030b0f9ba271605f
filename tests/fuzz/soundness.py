"""What an accepted response has to be, and what a refusal leaves.

Both are judged from bytes and rows, without the service's code.
"""

import hashlib
import json
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from app.storage.models import AuditEvent, Invite, Passkey, Session, SigningKey, User
from tests import authenticator
from tests.authenticator import BE, BS, UP, UV
from tests.people import ORIGIN

_KEPT: tuple[Any, ...] = (User, Passkey, Session, AuditEvent, Invite, SigningKey)


def unb64(text: str) -> bytes:
    """Return the bytes of base64url, or of its other spelling, base64."""
    return authenticator.unb64(text.rstrip("=").replace("+", "-").replace("/", "_"))


def kept() -> dict[str, list[str]]:
    """Return every row that a refusal may not touch.

    A session's last use is no change, and suspicions about a counter are recorded.
    """
    return {table.__name__: sorted(map(repr, _rows(table))) for table in _KEPT}


def _rows(table: Any) -> list[tuple[Any, ...]]:
    columns = [field for name, field in table._meta.fields.items() if name != "last_seen_at"]
    rows = list(table.select(*columns).tuples())
    if table is not AuditEvent:
        return rows
    return [row for row in rows if not any("counter" in str(each) for each in row)]


def check_client_data(raw: bytes, ceremony: str, challenge: str) -> None:
    """Assert that the client data is for this ceremony, challenge and origin.

    It must not come from a frame of another site.
    """
    said = json.loads(raw)
    assert (said["type"], said["challenge"], said["origin"]) == (ceremony, challenge, ORIGIN)
    assert said.get("crossOrigin", False) is False


def check_auth_data(data: bytes) -> None:
    """Assert that the authenticator data is for us, from a present, verified user."""
    assert data[:32] == hashlib.sha256(b"localhost").digest()
    assert data[32] & UP
    assert data[32] & UV
    assert data[32] & BE or not data[32] & BS


def check_registration(sent: Any, challenge: str) -> None:
    """Assert that an accepted registration response is sound."""
    response = sent["response"]
    check_client_data(unb64(response["clientDataJSON"]), "webauthn.create", challenge)
    auth_data = cbor2.loads(unb64(response["attestationObject"]))["authData"]
    check_auth_data(auth_data)
    length = int.from_bytes(auth_data[53:55], "big")
    assert auth_data[55 : 55 + length] == unb64(sent["rawId"]) == unb64(sent["id"])


def check_authentication(sent: Any, challenge: str, key: Any) -> None:
    """Assert that an accepted authentication response is sound, and signed by `key`."""
    response = sent["response"]
    client_data, auth_data = unb64(response["clientDataJSON"]), unb64(response["authenticatorData"])
    check_client_data(client_data, "webauthn.get", challenge)
    check_auth_data(auth_data)
    signed = auth_data + hashlib.sha256(client_data).digest()
    key.public_key().verify(unb64(response["signature"]), signed, ec.ECDSA(hashes.SHA256()))
