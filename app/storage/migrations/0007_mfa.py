"""Second factors, recovery codes and links; what sessions and sign-ins have proved. Frozen: write the next migration."""

from peewee import (
    SQL,
    BigIntegerField,
    BlobField,
    BooleanField,
    ForeignKeyField,
    IntegerField,
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

    class Totp(Table):
        id = TextField(primary_key=True)
        user = ForeignKeyField(User, on_delete="CASCADE", unique=True)
        secret_sealed = BlobField()
        last_step = BigIntegerField()
        created_at = BigIntegerField()

        class Meta:
            table_name = "totps"

    class TotpOffer(Table):
        id = TextField(primary_key=True)
        user = ForeignKeyField(User, on_delete="CASCADE")
        secret_sealed = BlobField()
        proved = BooleanField()
        created_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)

        class Meta:
            table_name = "totp_offers"

    class RecoveryCode(Table):
        digest = BlobField(primary_key=True)
        user = ForeignKeyField(User, on_delete="CASCADE")
        created_at = BigIntegerField()
        confirmed_at = BigIntegerField(null=True)

        class Meta:
            table_name = "recovery_codes"

    class Link(Table):
        digest = BlobField(primary_key=True)
        user = ForeignKeyField(User, on_delete="CASCADE", unique=True)
        created_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)

        class Meta:
            table_name = "links"

    db.create_tables([Totp, TotpOffer, RecoveryCode, Link])
    # With defaults of the database's own: the version before does not know them.
    time, none = BigIntegerField(null=True), [SQL("DEFAULT 0")]
    count = IntegerField(null=True, constraints=none)
    text = TextField(null=True, constraints=[SQL("DEFAULT ''")])
    migrator.migrate(
        migrator.add_column("users", "always_asks", BooleanField(null=True)),
        migrator.add_column("users", "mfa_disabled_at", time),
        migrator.add_column("sessions", "first_factor_at", time),
        migrator.add_column("sessions", "second_factor_at", time),
        migrator.add_column("sessions", "wrong_proofs", count),
        migrator.add_column("challenges", "proved", BooleanField(null=True)),
        migrator.add_column("sign_ins", "user_id", TextField(null=True)),
        migrator.add_column("sign_ins", "password_digest", BlobField(null=True)),
        migrator.add_column("sign_ins", "methods", text),
        migrator.add_column("sign_ins", "first_factor_at", time),
        migrator.add_column("sign_ins", "passkey_id", TextField(null=True)),
        migrator.add_column("sign_ins", "wrong_proofs", count),
        migrator.add_column("audit_events", "actor", text),
        migrator.add_column("audit_events", "user_agent", text),
        migrator.add_index("sign_ins", ("user_id",)),
    )
