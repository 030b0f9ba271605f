"""Audit events by time, and by user and kind; passkeys without unverified certificates. Frozen: write the next migration."""

import base64
import json

import cbor2
from peewee import CompositeKey, Model, TextField
from playhouse.migrate import PostgresqlMigrator

# Nodes of the version before serve meanwhile. So no lock is held for longer than one
# statement takes, and what was interrupted is done again.
atomic = False

INDEXES = {
    "audit_events_at": '"at"',
    "audit_events_user_id_event_at": '"user_id", "event", "at"',
}


def without_statement(registration):
    """Return the response without its attestation statement, or None if it has none."""
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
    # One passkey per transaction: two could deadlock with the deletion of an account.
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
    concurrently = "CONCURRENTLY" if isinstance(migrator, PostgresqlMigrator) else ""
    for name, columns in INDEXES.items():
        if concurrently and is_unfinished(name, db):
            db.execute_sql(f'DROP INDEX CONCURRENTLY "{name}"')
        db.execute_sql(
            f'CREATE INDEX {concurrently} IF NOT EXISTS "{name}" ON "audit_events" ({columns})'
        )


def is_unfinished(index, db):
    """Return whether an index was left behind by a build that was interrupted."""
    query = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"
    return bool(db.execute_sql(query, (f'"{index}"',)).fetchone())
