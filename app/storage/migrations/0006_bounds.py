"""Audit events by time, and by user and kind; passkeys without unverified certificates. Frozen: write the next migration."""

import base64
import json

import cbor2
from peewee import CompositeKey, Model, TextField


def without_statement(registration):
    """Return the response without the statement that its attestation object has, or None if it has none."""
    encoded = registration["response"]["attestationObject"]
    attestation = cbor2.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    if attestation["fmt"] == "none" and not attestation["attStmt"]:
        return None
    bare = cbor2.dumps(
        {"fmt": "none", "attStmt": {}, "authData": attestation["authData"]}, canonical=True
    )
    text = base64.urlsafe_b64encode(bare).rstrip(b"=").decode()
    return registration | {"response": registration["response"] | {"attestationObject": text}}


def up(migrator, db):
    class Passkey(Model):
        id = TextField()
        user_id = TextField()
        attestation_format = TextField()
        registration = TextField()

        class Meta:
            database = db
            table_name = "passkeys"
            primary_key = CompositeKey("user_id", "id")

    attested = Passkey.select(Passkey.user_id, Passkey.id).where(
        Passkey.attestation_format != "none"
    )
    for user_id, passkey_id in list(attested.tuples()):
        own = Passkey.user_id == user_id, Passkey.id == passkey_id
        stored = Passkey.select(Passkey.registration).where(*own).scalar()
        try:
            shorter = without_statement(json.loads(stored))
        except (ValueError, TypeError, KeyError, cbor2.CBORDecodeError):
            shorter = None  # what cannot be read stays as it is: it signs in without this
        if shorter:
            text = json.dumps(shorter, separators=(",", ":"), ensure_ascii=False)
            Passkey.update(registration=text).where(*own).execute()
    migrator.migrate(
        migrator.add_index("audit_events", ("at",)),
        migrator.add_index("audit_events", ("user_id", "event", "at")),
    )
