"""Sign-ins in steps: started, and later finished by a password or a passkey."""

from typing import Any

from app.core import authentication, clock, signin, text, tokens
from app.core.context import Context
from app.core.signin import SignedIn
from app.core.webauthn.errors import ChallengeUnknown
from app.storage import database
from app.storage.models import SignIn
from app.storage.records import SignInAttemptRecord
from app.storage.statement import columns

LIFETIME = 60 * clock.MINUTE
MOST_OF_ALL = 100_000  # beyond it, housekeeping deletes the oldest


class SignInUnknown(ChallengeUnknown):
    code = "sign_in_unknown"
    sentence = "This sign-in has timed out or is finished. Start again."


def begin(browser: str, identifier: str | None) -> SignInAttemptRecord:
    """Start a sign-in in this browser, in place of the one in progress."""
    now = clock.now()
    kept = None if identifier is None else text.typed_username(identifier)
    attempt = SignInAttemptRecord(tokens.new_id(), kept, now, now + LIFETIME)
    digest = tokens.digest(browser)
    own = SignIn.select(SignIn.id).where(SignIn.browser_digest == digest)
    SignIn.delete().where(SignIn.id << database.unlocked(own)).execute()
    SignIn.insert(browser_digest=digest, **attempt._asdict()).execute()
    return attempt


def current(browser: str | None) -> SignInAttemptRecord | None:
    """Return the sign-in in progress in this browser, or None."""
    if not browser:
        return None
    query = SignIn.select(*columns(SignIn, SignInAttemptRecord)).where(
        SignIn.browser_digest == tokens.digest(browser), SignIn.expires_at > clock.now()
    )
    row: Any = query.tuples().first()
    return row and SignInAttemptRecord._make(row)


def find(attempt_id: str, browser: str | None) -> SignInAttemptRecord:
    """Return this browser's sign-in with this id. Raises `SignInUnknown`."""
    attempt = current(browser)
    if attempt is None or attempt.id != attempt_id:
        raise SignInUnknown
    return attempt


def finish_by_passkey(
    attempt: SignInAttemptRecord, browser: str, credential: Any, *, context: Context
) -> SignedIn:
    """Finish the sign-in by passkey, of the account that `identifier` names if it does.

    Raises what `authentication.finish` raises; then the sign-in stays in progress.
    """
    result = authentication.finish(
        credential, browser, named=attempt.identifier or None, context=context
    )
    _end(attempt)
    return result


def finish_by_password(
    attempt: SignInAttemptRecord, password: str, *, context: Context
) -> SignedIn:
    """Finish the sign-in by the password of the account that `identifier` names.

    Raises what `signin.by_password` raises; then the sign-in stays in progress.
    """
    result = signin.by_password(attempt.identifier or "", password, context=context)
    _end(attempt)
    return result


def _end(attempt: SignInAttemptRecord) -> None:
    SignIn.delete().where(SignIn.id == attempt.id).execute()


def expired(now: int) -> tuple[Any, Any]:
    """Return the table and the condition of what to delete."""
    return SignIn, SignIn.expires_at <= now
