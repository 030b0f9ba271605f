"""Devices that people sign in on, set-up codes, and what the installation remembers. Frozen: write the next migration."""

from peewee import (
    BigIntegerField,
    BlobField,
    BooleanField,
    ForeignKeyField,
    Model,
    TextField,
)


def up(migrator, db):
    class Table(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class User(Table):
        id = TextField(primary_key=True)

        class Meta:
            table_name = "users"

    class Device(Table):
        digest = BlobField(primary_key=True)
        user = ForeignKeyField(User, on_delete="CASCADE")
        used_at = BigIntegerField(index=True)

        class Meta:
            table_name = "devices"

    class SetupCode(Table):
        digest = BlobField(primary_key=True)
        created_at = BigIntegerField()

        class Meta:
            table_name = "setup_codes"

    class Fact(Table):
        name = TextField(primary_key=True)
        value = BlobField()

        class Meta:
            table_name = "facts"

    db.create_tables([Device, SetupCode, Fact])
    migrator.migrate(
        migrator.add_column("sessions", "passkey_id", TextField(null=True)),
        migrator.add_column("passkeys", "discoverable", BooleanField(null=True)),
    )
