"""The tables. No rules live here; times are Unix milliseconds, digests are SHA-256."""

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    Model,
    Node,
    TextField,
)

from app.storage.database import db

# Columns that the version before does not know get their value from the database.
_FROM_0: list[Node] = [SQL("DEFAULT 0")]
_EMPTY: list[Node] = [SQL("DEFAULT ''")]


class Table(Model):
    class Meta:
        database = db
        legacy_table_names = False


class User(Table):
    """An account; `username_key` is case-folded, `user_handle` WebAuthn's user.id."""

    id = TextField(primary_key=True)
    username = TextField()
    username_key = TextField(unique=True)
    role = TextField()
    view = TextField(default="{}")
    avatar = TextField(null=True)
    password_hash = TextField(null=True)
    user_handle = BlobField(index=True)  # random, so that a stand-in can be drawn by it
    token_digest = BlobField(unique=True)
    token_sealed = BlobField()
    created_at = BigIntegerField()
    updated_at = BigIntegerField()
    disabled_at = BigIntegerField(null=True)
    always_asks = BooleanField(null=True)  # for a second step, where the policy does not
    mfa_disabled_at = BigIntegerField(null=True)  # when TOTP was turned off last

    class Meta:
        table_name = "users"


class Passkey(Table):
    """A credential record (WebAuthn Level 3, 4), with its registration response."""

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
    rp_id = TextField(index=True)  # each start counts those that a new RP id strands
    registration = TextField()
    created_at = BigIntegerField()
    updated_at = BigIntegerField()
    last_used_at = BigIntegerField()
    discoverable = BooleanField(null=True)  # credProps.rk; None: the browser did not say

    class Meta:
        table_name = "passkeys"
        # No query has the id alone, so it needs no index of its own.
        primary_key = CompositeKey("user", "id")


class Session(Table):
    """A session. The cookie holds the token, the table its digest; `id` is public."""

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
    passkey_id = TextField(null=True)  # the user's passkey that began it, if one did
    first_factor_at = BigIntegerField(null=True)
    second_factor_at = BigIntegerField(null=True)
    wrong_proofs = IntegerField(null=True, constraints=_FROM_0)

    class Meta:
        table_name = "sessions"
        indexes = ((("user", "created_at"), False),)


class Device(Table):
    """A browser that a user has signed in with, by a digest of both."""

    digest = BlobField(primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE")
    used_at = BigIntegerField(index=True)

    class Meta:
        table_name = "devices"


class Challenge(Table):
    """A ceremony in progress, found by its challenge, bound to a user or a browser."""

    digest = BlobField(primary_key=True)
    ceremony = TextField()
    user_id = TextField(null=True)
    browser_digest = BlobField(null=True)
    rp_id = TextField()
    user_verification = TextField()
    # No index: few rows exist at once, and each is written and deleted on the hot path.
    expires_at = BigIntegerField()
    proved = BooleanField(null=True)  # whether the session's proof was recent then

    class Meta:
        table_name = "challenges"


class Enrolment(Table):
    """An unfinished passkey, known by id before its credential exists; never listed."""

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
    """A sign-in in steps that is in progress; bound to a browser's cookie.

    `user_id` and what follows are there once the first step has succeeded.
    """

    id = TextField(primary_key=True)
    browser_digest = BlobField(index=True)
    identifier = TextField(null=True)
    created_at = BigIntegerField()
    expires_at = BigIntegerField(index=True)
    user_id = TextField(null=True, index=True)
    password_digest = BlobField(null=True)  # of the account's password hash at that time
    methods = TextField(null=True, constraints=_EMPTY)
    first_factor_at = BigIntegerField(null=True)
    passkey_id = TextField(null=True)
    wrong_proofs = IntegerField(null=True, constraints=_FROM_0)

    class Meta:
        table_name = "sign_ins"


class Totp(Table):
    """A person's authenticator app (RFC 6238); `last_step` is the last one used."""

    id = TextField(primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE", unique=True)
    secret_sealed = BlobField()
    last_step = BigIntegerField()
    created_at = BigIntegerField()

    class Meta:
        table_name = "totps"


class TotpOffer(Table):
    """A secret that was offered to the session of this id, and is not in use yet."""

    id = TextField(primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE")
    secret_sealed = BlobField()
    proved = BooleanField()  # whether the session's proof was recent then
    created_at = BigIntegerField()
    expires_at = BigIntegerField(index=True)

    class Meta:
        table_name = "totp_offers"


class RecoveryCode(Table):
    """A recovery code that is left; `confirmed_at`: when the person had saved it."""

    digest = BlobField(primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE")
    created_at = BigIntegerField()
    confirmed_at = BigIntegerField(null=True)

    class Meta:
        table_name = "recovery_codes"


class Link(Table):
    """A one-time link by which an administrator lets a person in."""

    digest = BlobField(primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE", unique=True)
    created_at = BigIntegerField()
    expires_at = BigIntegerField(index=True)

    class Meta:
        table_name = "links"


class SigningKey(Table):
    """A key that signs session tokens. Only the private half is sealed."""

    id = TextField(primary_key=True)
    private_sealed = BlobField()
    public_jwk = TextField()
    created_at = BigIntegerField()
    retired_at = BigIntegerField(null=True)

    class Meta:
        table_name = "signing_keys"


class Failure(Table):
    """Failed attempts, counted under a key that identifies no one (a digest)."""

    key = BlobField(primary_key=True)
    count = IntegerField()
    blocked_until = BigIntegerField()
    expires_at = BigIntegerField(index=True)

    class Meta:
        table_name = "failures"


class Invite(Table):
    """Permission to register, by a code of which only the digest is stored."""

    id = TextField(primary_key=True)
    code_digest = BlobField(unique=True)
    max_uses = IntegerField()
    uses = IntegerField(default=0)
    created_at = BigIntegerField()
    expires_at = BigIntegerField()

    class Meta:
        table_name = "invites"


class SetupCode(Table):
    """Permission to make the first account; only the code's digest is stored."""

    digest = BlobField(primary_key=True)
    created_at = BigIntegerField()

    class Meta:
        table_name = "setup_codes"


class Fact(Table):
    """A fact about the installation that all its processes have to know."""

    name = TextField(primary_key=True)
    value = BlobField()

    class Meta:
        table_name = "facts"


class AuditEvent(Table):
    """An event of an account or the service, kept after the account is deleted."""

    id = BigAutoField()
    at = BigIntegerField(index=True)
    event = TextField()
    user_id = TextField()
    address = TextField()
    detail = TextField(default="")
    actor = TextField(null=True, constraints=_EMPTY)
    user_agent = TextField(null=True, constraints=_EMPTY)

    class Meta:
        table_name = "audit_events"
        indexes = ((("user_id", "event", "at"), False), (("user_id", "id"), False))


TABLES: tuple[type[Table], ...] = tuple(Table.__subclasses__())
