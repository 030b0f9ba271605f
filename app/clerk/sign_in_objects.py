"""Clerk's SignIn: at its first factor, at its second, and complete."""

import contextlib
from typing import Any

from app.clerk import asking, strategies
from app.core import clock, sign_in_attempts
from app.core.mfa import second_step
from app.core.sign_in_attempts import SecondStep, SignInUnknown
from app.storage.records import SignInAttemptRecord
from app.web.context import service

Json = dict[str, Any]


def of_browser() -> tuple[SignInAttemptRecord, Json] | None:
    """Return the sign-in in progress in this browser, and as it is shown, or None."""
    binding = asking.browser()
    attempt = sign_in_attempts.current(binding)
    if attempt is not None:
        with contextlib.suppress(SignInUnknown):
            return attempt, shown(attempt, binding)
    return None


def shown(attempt: SignInAttemptRecord, binding: str | None) -> Json:
    """Return the SignIn, at its first or second factor.

    Raises `SignInUnknown` if the account has changed since the first.
    """
    if attempt.user_id is None:
        return at_first(attempt)
    return at_second(second_step.waiting(binding, settings=service().settings))


def at_first(attempt: SignInAttemptRecord, *, nonce: str | None = None) -> Json:
    """Return the SignIn that waits for its first factor.

    Its factors are the same for every account, even for one that does not exist.
    """
    prepared = unverified("passkey", nonce, expires_at=attempt.expires_at) if nonce else None
    return _sign_in(attempt, status="needs_first_factor", first_factor_verification=prepared)


def at_second(step: SecondStep, *, nonce: str | None = None) -> Json:
    """Return the SignIn that waits for its second factor, one of the account's."""
    expires_at = step.attempt.expires_at
    return _sign_in(
        step.attempt,
        status="needs_second_factor",
        supported_second_factors=strategies.second(step.ways),
        first_factor_verification=_first(step.attempt),
        second_factor_verification=unverified("passkey", nonce, expires_at=expires_at)
        if nonce
        else None,
    )


def complete(attempt: SignInAttemptRecord, session_id: str, *, second: str = "") -> Json:
    """Return the SignIn that is complete; `second` is its second strategy."""
    verifications: Json = {}
    if second:
        proved = verified(second, expires_at=attempt.expires_at)
        verifications = {
            "first_factor_verification": _first(attempt),
            "second_factor_verification": proved,
        }
    return _sign_in(attempt, status="complete", created_session_id=session_id, **verifications)


def _sign_in(attempt: SignInAttemptRecord, **members: Any) -> Json:
    known = ("passkey", "password") if service().settings.passkeys_enabled else ("password",)
    return {
        "object": "sign_in_attempt",
        "id": f"sia_{attempt.id}",
        "supported_identifiers": ["username", "passkey"],
        "supported_first_factors": strategies.factors(*known),
        "supported_second_factors": None,
        "first_factor_verification": None,
        "second_factor_verification": None,
        "identifier": attempt.identifier,
        "user_data": None,
        "created_session_id": None,
        "abandon_at": attempt.expires_at,
        **members,
    }


def _first(attempt: SignInAttemptRecord) -> Json:
    by_password = "pwd" in (attempt.methods or "").split()
    return verified("password" if by_password else "passkey", expires_at=attempt.expires_at)


def unverified(strategy: str, nonce: str, *, expires_at: int) -> Json:
    """Return the verification of a factor whose ceremony has begun."""
    return {
        "status": "unverified",
        "strategy": strategy,
        "attempts": 0,
        "expire_at": expires_at,
        "nonce": nonce,
    }


def verified(strategy: str, *, expires_at: int | None = None) -> Json:
    """Return the verification of a factor that was proved."""
    until = clock.now() if expires_at is None else expires_at
    return {"status": "verified", "strategy": strategy, "attempts": 1, "expire_at": until}
