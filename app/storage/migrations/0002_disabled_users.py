"""Accounts can be disabled, and the passkeys of another RP id counted. Never edit it, write the next migration."""

from peewee import BigIntegerField


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("users", "disabled_at", BigIntegerField(null=True)),
        migrator.add_index("passkeys", ("rp_id",)),
    )
