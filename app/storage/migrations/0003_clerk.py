"""Unfinished passkeys, sign-ins in steps, and the keys that sign session tokens. Frozen: write the next migration."""

from peewee import BigIntegerField, BlobField, ForeignKeyField, IntegerField, Model, TextField


def up(migrator, db):
    class Table(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class User(Table):
        id = TextField(primary_key=True)

        class Meta:
            table_name = "users"

    class Enrolment(Table):
        id = TextField(primary_key=True)
        user = ForeignKeyField(User, on_delete="CASCADE")
        name = TextField(null=True)
        options = TextField()
        challenge_digest = BlobField()
        attempts = IntegerField(default=0)
        created_at = BigIntegerField()
        updated_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)

        class Meta:
            table_name = "enrolments"

    class SignIn(Table):
        id = TextField(primary_key=True)
        browser_digest = BlobField(index=True)
        identifier = TextField(null=True)
        created_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)

        class Meta:
            table_name = "sign_ins"

    class SigningKey(Table):
        id = TextField(primary_key=True)
        private_sealed = BlobField()
        public_jwk = TextField()
        created_at = BigIntegerField()
        retired_at = BigIntegerField(null=True)

        class Meta:
            table_name = "signing_keys"

    db.create_tables([Enrolment, SignIn, SigningKey])
