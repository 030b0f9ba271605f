"""The first tables. Frozen copies of the models: never edit them, write the next migration."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    Model,
    SqliteDatabase,
    TextField,
)


def up(migrator, db):
    narrow = isinstance(db, SqliteDatabase)

    class Table(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class User(Table):
        id = TextField(primary_key=True)
        username = TextField()
        username_key = TextField(unique=True)
        role = TextField()
        view = TextField(default="{}")
        avatar = TextField(null=True)
        password_hash = TextField(null=True)
        user_handle = BlobField()
        token_digest = BlobField(unique=True)
        token_sealed = BlobField()
        created_at = BigIntegerField()
        updated_at = BigIntegerField()

        class Meta:
            table_name = "users"

    class Passkey(Table):
        id = TextField()
        user = ForeignKeyField(User, on_delete="CASCADE", index=False)
        name = TextField()
        credential_id = BlobField(unique=True)
        public_key = BlobField()
        sign_count = BigIntegerField()
        transports = TextField()
        aaguid = TextField()
        backup_eligible = BooleanField()
        backed_up = BooleanField()
        user_verified = BooleanField()
        attestation_format = TextField()
        rp_id = TextField()
        registration = TextField()
        created_at = BigIntegerField()
        updated_at = BigIntegerField()
        last_used_at = BigIntegerField()

        class Meta:
            table_name = "passkeys"
            primary_key = CompositeKey("user", "id")

    class Session(Table):
        token_digest = BlobField(primary_key=True)
        id = TextField()
        user = ForeignKeyField(User, on_delete="CASCADE", index=False)
        created_at = BigIntegerField()
        last_seen_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)
        auth_time = BigIntegerField()
        methods = TextField()
        user_agent = TextField()
        address = TextField()
        client = TextField()
        device = TextField()

        class Meta:
            table_name = "sessions"
            indexes = ((("user", "created_at"), False),)
            without_rowid = narrow

    class Challenge(Table):
        digest = BlobField(primary_key=True)
        ceremony = TextField()
        user_id = TextField(null=True)
        browser_digest = BlobField(null=True)
        rp_id = TextField()
        user_verification = TextField()
        expires_at = BigIntegerField()

        class Meta:
            table_name = "challenges"
            without_rowid = narrow

    class Failure(Table):
        key = BlobField(primary_key=True)
        count = IntegerField()
        blocked_until = BigIntegerField()
        expires_at = BigIntegerField(index=True)

        class Meta:
            table_name = "failures"
            without_rowid = narrow

    class Invite(Table):
        id = TextField(primary_key=True)
        code_digest = BlobField(unique=True)
        max_uses = IntegerField()
        uses = IntegerField(default=0)
        created_at = BigIntegerField()
        expires_at = BigIntegerField()

        class Meta:
            table_name = "invites"

    class AuditEvent(Table):
        id = BigAutoField()
        at = BigIntegerField()
        event = TextField()
        user_id = TextField()
        address = TextField()
        detail = TextField(default="")

        class Meta:
            table_name = "audit_events"

    db.create_tables([User, Passkey, Session, Challenge, Failure, Invite, AuditEvent])
