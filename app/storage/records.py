"""Rows as plain tuples, as the rules and the edges see them."""

from typing import NamedTuple


class UserRecord(NamedTuple):
    """The columns of a user that answers and rules need."""

    id: str
    username: str
    role: str
    view: str
    avatar: str | None
    user_handle: bytes
    created_at: int
    updated_at: int


class SessionRecord(NamedTuple):
    """The columns of a session, except the digest of its token."""

    id: str
    user_id: str
    created_at: int
    last_seen_at: int
    expires_at: int
    auth_time: int
    methods: str
    user_agent: str
    client: str
    device: str
    passkey_id: str | None
    first_factor_at: int | None
    second_factor_at: int | None


class PasskeyRecord(NamedTuple):
    """A credential record; `discoverable` is None where the client did not tell."""

    id: str
    user_id: str
    name: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: str
    aaguid: str
    backup_eligible: bool
    backed_up: bool
    rp_id: str
    discoverable: bool | None
    registration: str
    created_at: int
    updated_at: int
    last_used_at: int


class ChallengeRecord(NamedTuple):
    """A ceremony in progress, as it was stored."""

    ceremony: str
    user_id: str | None
    browser_digest: bytes | None
    rp_id: str
    user_verification: str
    expires_at: int
    proved: bool | None = None


class EnrolmentRecord(NamedTuple):
    """An unfinished passkey.

    `options` is the JSON text of PublicKeyCredentialCreationOptionsJSON.
    """

    id: str
    name: str | None
    options: str
    challenge_digest: bytes
    attempts: int
    created_at: int
    updated_at: int
    expires_at: int


class TotpRecord(NamedTuple):
    """A person's authenticator app."""

    id: str
    secret_sealed: bytes
    last_step: int
    created_at: int


class InviteRecord(NamedTuple):
    """An invite, without its code, which is not stored."""

    id: str
    uses: int
    max_uses: int
    created_at: int
    expires_at: int


class SignInAttemptRecord(NamedTuple):
    """A sign-in in progress; `user_id` is known once its first step has succeeded.

    What follows is what was proved then, and a digest of the password's hash.
    """

    id: str
    identifier: str | None
    created_at: int
    expires_at: int
    user_id: str | None = None
    password_digest: bytes | None = None
    methods: str | None = ""
    first_factor_at: int | None = None
    passkey_id: str | None = None
