"""Challenges: random, for one ceremony of one user or browser, and used once.

Each expires, and only one of several concurrent attempts gets it.
"""

import secrets
from typing import Any

from app.core import clock, tokens
from app.core.webauthn.encoding import base64url
from app.core.webauthn.errors import ChallengeUnknown
from app.settings import Settings
from app.storage.models import Challenge
from app.storage.records import ChallengeRecord
from app.storage.statements import CHALLENGE_INSERT, CHALLENGE_TAKE

REGISTRATION, AUTHENTICATION = "registration", "authentication"
SECOND_STEP, STEP_UP = "second step", "step-up"
MOST_OF_ALL = 100_000  # beyond it, housekeeping deletes the oldest


def issue(
    ceremony: str,
    settings: Settings,
    *,
    user_id: str | None = None,
    browser: str | None = None,
    proved: bool | None = None,
) -> bytes:
    """Store and return a challenge of 32 random bytes (13.4.3).

    The rules in force are stored with it. `browser` is what it is bound to besides: a
    browser's binding or a session. `proved` is whether that has proved its user lately.
    """
    challenge = secrets.token_bytes(32)
    CHALLENGE_INSERT.run(
        digest=tokens.digest(base64url(challenge)),
        ceremony=ceremony,
        user_id=user_id,
        browser_digest=browser and tokens.digest(browser),
        rp_id=settings.rp_id,
        user_verification=settings.user_verification,
        expires_at=clock.now() + settings.challenge_ttl * clock.SECOND,
        proved=proved,
    )
    return challenge


def consume(
    challenge: str,
    ceremony: str,
    *,
    rp_id: str,
    user_id: str | None = None,
    browser: str | None = None,
) -> ChallengeRecord:
    """Delete the challenge from the store, and check that it is this ceremony's.

    `challenge` is the text in clientDataJSON, compared exactly. It is gone afterwards,
    even if the check fails: the statement commits by itself, so that no later failure
    in the request brings it back. Raises `ChallengeUnknown`.
    """
    is_one = tokens.looks_like_token(challenge)
    row = CHALLENGE_TAKE.change(digest=tokens.digest(challenge)) if is_one else None
    if row is None:
        raise ChallengeUnknown(cause="no such challenge")
    record = ChallengeRecord._make(row)
    if record.expires_at <= clock.now():
        raise ChallengeUnknown(cause="the challenge has expired")
    if record.ceremony != ceremony:
        raise ChallengeUnknown(cause=f"the challenge is for {record.ceremony}")
    if record.rp_id != rp_id:  # changed since: such a passkey could never sign in
        raise ChallengeUnknown(cause=f"the challenge was issued for {record.rp_id}")
    if record.user_id != user_id:
        raise ChallengeUnknown(cause="the challenge was issued to another user")
    issued_to = record.browser_digest and bytes(record.browser_digest)
    if issued_to != (browser and tokens.digest(browser)):
        raise ChallengeUnknown(cause="the challenge was issued to another browser")
    return record


def withdraw(digests: list[bytes]) -> None:
    """Delete challenges that must not be answered any more."""
    if digests:
        Challenge.delete().where(Challenge.digest << digests).execute()


def expired(now: int) -> tuple[Any, Any]:
    """Return the table and the condition of what to delete."""
    return Challenge, Challenge.expires_at <= now
