"""Rows as the rules and the edges see them: plain tuples, which know no table and no database."""

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
    """The columns of a session, but for the digest of its token."""

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


class PasskeyRecord(NamedTuple):
    """A credential record."""

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
    registration: str
    created_at: int
    updated_at: int
    last_used_at: int


class ChallengeRecord(NamedTuple):
    """A ceremony begun, as it was stored."""

    ceremony: str
    user_id: str | None
    browser_digest: bytes | None
    rp_id: str
    user_verification: str
    expires_at: int
