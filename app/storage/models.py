"""The tables. No rules live here; times are Unix milliseconds, digests are SHA-256."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

from app.storage.database import db


class Table(Model):
    class Meta:
        database = db
        legacy_table_names = False


class User(Table):
    """An account. `username_key` is the case-folded name that must be unique; `user_handle` is WebAuthn's user.id."""

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
    disabled_at = BigIntegerField(null=True)

    class Meta:
        table_name = "users"


class Passkey(Table):
    """A credential record (WebAuthn Level 3, 4), with the registration response as it was sent."""

    id = TextField()
    user = ForeignKeyField(User, backref="passkeys", on_delete="CASCADE", index=False)
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
    rp_id = TextField(index=True)  # each start counts those that a changed RP id strands
    registration = TextField()
    created_at = BigIntegerField()
    updated_at = BigIntegerField()
    last_used_at = BigIntegerField()

    class Meta:
        table_name = "passkeys"
        primary_key = CompositeKey(
            "user", "id"
        )  # nobody asks for a passkey by its id alone: one index fewer


class Session(Table):
    """A sign-in. The cookie holds the token, the table its digest; `id` is the handle that people may see."""

    token_digest = BlobField(primary_key=True)
    id = TextField()
    user = ForeignKeyField(User, backref="sessions", on_delete="CASCADE", index=False)
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


class Challenge(Table):
    """A ceremony begun. It is found by its challenge and bound to a user or to a browser's cookie."""

    digest = BlobField(primary_key=True)
    ceremony = TextField()
    user_id = TextField(null=True)
    browser_digest = BlobField(null=True)
    rp_id = TextField()
    user_verification = TextField()
    expires_at = (
        BigIntegerField()
    )  # no index: few rows live at once, and each is written and deleted on the hot path

    class Meta:
        table_name = "challenges"


class Enrolment(Table):
    """A passkey that is not finished: known by its id before its credential exists, and in no list."""

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
    """A sign-in under way, for clients that take it in steps; bound to a browser's cookie."""

    id = TextField(primary_key=True)
    browser_digest = BlobField(index=True)
    identifier = TextField(null=True)
    created_at = BigIntegerField()
    expires_at = BigIntegerField(index=True)

    class Meta:
        table_name = "sign_ins"


class SigningKey(Table):
    """A key that signs session tokens: the private half is sealed, the public one stays known after it is retired."""

    id = TextField(primary_key=True)
    private_sealed = BlobField()
    public_jwk = TextField()
    created_at = BigIntegerField()
    retired_at = BigIntegerField(null=True)

    class Meta:
        table_name = "signing_keys"


class Failure(Table):
    """Failed attempts counted under a key that names nobody (a digest)."""

    key = BlobField(primary_key=True)
    count = IntegerField()
    blocked_until = BigIntegerField()
    expires_at = BigIntegerField(index=True)

    class Meta:
        table_name = "failures"


class Invite(Table):
    """Leave to register, by a code of which only the digest is kept."""

    id = TextField(primary_key=True)
    code_digest = BlobField(unique=True)
    max_uses = IntegerField()
    uses = IntegerField(default=0)
    created_at = BigIntegerField()
    expires_at = BigIntegerField()

    class Meta:
        table_name = "invites"


class AuditEvent(Table):
    """What was done to an account, kept when the account is gone."""

    id = BigAutoField()
    at = BigIntegerField()
    event = TextField()
    user_id = TextField()
    address = TextField()
    detail = TextField(default="")

    class Meta:
        table_name = "audit_events"


TABLES: tuple[type[Table], ...] = (
    User,
    Passkey,
    Session,
    Challenge,
    Enrolment,
    SignIn,
    SigningKey,
    Failure,
    Invite,
    AuditEvent,
)
