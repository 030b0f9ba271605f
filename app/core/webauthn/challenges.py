"""Challenges: random, for one ceremony of one user or browser, with an end, and used once however many try."""

import secrets

from app.core import clock, tokens
from app.core.webauthn.encoding import base64url
from app.errors import ChallengeUnknown
from app.settings import Settings
from app.storage.models import Challenge
from app.storage.records import ChallengeRecord
from app.storage.statements import CHALLENGE_INSERT, CHALLENGE_TAKE

REGISTRATION, AUTHENTICATION = "registration", "authentication"


def issue(
    ceremony: str, settings: Settings, *, user_id: str | None = None, browser: str | None = None
) -> bytes:
    """Store and give a challenge of 32 random bytes (13.4.3), with the rules in force at this moment."""
    challenge = secrets.token_bytes(32)
    CHALLENGE_INSERT.run(
        tokens.digest(base64url(challenge)),
        ceremony,
        user_id,
        browser and tokens.digest(browser),
        settings.rp_id,
        settings.user_verification,
        clock.now() + settings.challenge_ttl * clock.SECOND,
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
    """Take the challenge out of the store and check that it is this ceremony's; raises `ChallengeUnknown`.

    `challenge` is the text of clientDataJSON, compared exactly. Whoever asks, and whatever the check says, it is gone
    afterwards: the statement commits by itself, so that no failure later in the request brings it back.
    """
    row = CHALLENGE_TAKE.change(tokens.digest(challenge))
    if row is None:
        raise ChallengeUnknown(cause="no such challenge")
    record = ChallengeRecord._make(row)
    if record.expires_at <= clock.now():
        raise ChallengeUnknown(cause="the challenge has expired")
    if record.ceremony != ceremony:
        raise ChallengeUnknown(cause=f"the challenge is for {record.ceremony}")
    if (
        record.rp_id != rp_id
    ):  # the setting has changed since: what this would make could never sign in
        raise ChallengeUnknown(cause=f"the challenge was issued for {record.rp_id}")
    if record.user_id != user_id:
        raise ChallengeUnknown(cause="the challenge was issued to another user")
    if (record.browser_digest and bytes(record.browser_digest)) != (
        browser and tokens.digest(browser)
    ):
        raise ChallengeUnknown(cause="the challenge was issued to another browser")
    return record


def withdraw(digests: list[bytes]) -> None:
    """Take back challenges that nobody shall answer any more."""
    if digests:
        Challenge.delete().where(Challenge.digest << digests).execute()
