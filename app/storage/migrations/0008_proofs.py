"""What the sessions of before have proved; audit events by user and id. Frozen: write the next migration."""

import time

from peewee import BigIntegerField, BlobField, Case, Model, TextField
from playhouse.migrate import PostgresqlMigrator

# Nodes of the version before serve meanwhile. So no lock is held for longer than one
# statement takes, and what was interrupted is done again.
atomic = False

INDEX = "audit_events_user_id_id"
BATCH = 500


def up(migrator, db):
    class Session(Model):
        token_digest = BlobField(primary_key=True)
        auth_time = BigIntegerField()
        methods = TextField()
        first_factor_at = BigIntegerField(null=True)
        second_factor_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "sessions"

    on_a_server = isinstance(migrator, PostgresqlMigrator)
    unproved = Session.select(Session.token_digest).where(
        Session.first_factor_at.is_null(), Session.second_factor_at.is_null()
    )
    batch = unproved.limit(BATCH)
    if on_a_server:
        batch = batch.for_update("FOR UPDATE SKIP LOCKED")
    twice = Session.methods.contains("mfa")
    values = {
        Session.first_factor_at: Session.auth_time,
        Session.second_factor_at: Case(None, [(twice, Session.auth_time)]),
    }
    while unproved.exists():
        if not Session.update(values).where(Session.token_digest << batch).execute():
            time.sleep(0.05)  # the rest is locked
    concurrently = "CONCURRENTLY" if on_a_server else ""
    if concurrently and is_unfinished(INDEX, db):
        db.execute_sql(f'DROP INDEX CONCURRENTLY "{INDEX}"')
    db.execute_sql(
        f'CREATE INDEX {concurrently} IF NOT EXISTS "{INDEX}" ON "audit_events" ("user_id", "id")'
    )


def is_unfinished(index, db):
    """Return whether an index was left behind by a build that was interrupted."""
    query = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"
    return bool(db.execute_sql(query, (f'"{index}"',)).fetchone())
