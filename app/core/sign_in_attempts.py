"""Sign-ins that are in progress: begun by name, or after a first step that succeeded.

A sign-in in progress is nobody. It is found by the browser's binding; the first step
gives it a new one, so that nobody can plant a binding and wait for the password.
"""

from typing import Any, NamedTuple

from app.core import clock, text, tokens
from app.core.mfa.proofs import Proved
from app.core.webauthn.errors import ChallengeUnknown
from app.storage import database
from app.storage.mfa_statements import SIGN_IN_COLUMNS, SIGN_IN_TAKE
from app.storage.models import SignIn
from app.storage.records import SignInAttemptRecord, UserRecord

LIFETIME = 60 * clock.MINUTE
SECOND_STEP = 10 * clock.MINUTE  # for the second step, after the first
MOST_OF_ALL = 100_000  # beyond it, housekeeping deletes the oldest
MOST_WRONG = 10  # proofs in a row


class SignInUnknown(ChallengeUnknown):
    code = "sign_in_unknown"
    sentence = "This sign-in has timed out or is finished. Start again."


class SecondStep(NamedTuple):
    """A sign-in whose first step succeeded; `ways` are those for the second.

    `binding` is the browser's new one: nobody else can go on.
    """

    user: UserRecord
    attempt: SignInAttemptRecord
    binding: str
    ways: tuple[str, ...]


def begin(browser: str, identifier: str | None) -> SignInAttemptRecord:
    """Start a sign-in in this browser, in place of the one in progress."""
    now = clock.now()
    kept = None if identifier is None else text.typed_username(identifier)
    attempt = SignInAttemptRecord(tokens.new_id(), kept, now, now + LIFETIME)
    digest = tokens.digest(browser)
    own = SignIn.select(SignIn.id).where(SignIn.browser_digest == digest)
    SignIn.delete().where(SignIn.id << database.unlocked(own)).execute()
    SignIn.insert(browser_digest=digest, wrong_proofs=0, **attempt._asdict()).execute()
    return attempt


def current(browser: str | None) -> SignInAttemptRecord | None:
    """Return the sign-in in progress in this browser, or None."""
    if not browser:
        return None
    query = SignIn.select(*SIGN_IN_COLUMNS).where(
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


def go_on(
    user: UserRecord,
    proved: Proved,
    password_hash: str | None,
    *,
    ways: tuple[str, ...],
    attempt: SignInAttemptRecord | None,
    passkey_id: str | None = None,
) -> SecondStep:
    """Store that the first step has succeeded, and what must stay as it is.

    `attempt` is the sign-in, if it was begun before. This belongs in the transaction
    that locks the user. Raises `SignInUnknown` if it has ended meanwhile.
    """
    binding, now = tokens.new_token(), clock.now()
    begun = attempt or SignInAttemptRecord(tokens.new_id(), user.username, now, now)
    if attempt:
        end(attempt)
    record = begun._replace(
        expires_at=now + SECOND_STEP,
        user_id=user.id,
        password_digest=password_digest(password_hash),
        methods=" ".join(proved.methods),
        first_factor_at=proved.first_at,
        passkey_id=passkey_id,
    )
    values = {**record._asdict(), "browser_digest": tokens.digest(binding), "wrong_proofs": 0}
    SignIn.insert(**values).execute()
    return SecondStep(user, record, binding, ways)


def password_digest(password_hash: str | None) -> bytes:
    """Return what tells whether the password was changed since; none is one, too."""
    return tokens.digest(password_hash or "")


def end(attempt: SignInAttemptRecord) -> None:
    """End the sign-in, so that only one finishes it. Raises `SignInUnknown`."""
    if SIGN_IN_TAKE.change(id=attempt.id) is None:
        raise SignInUnknown


def start_over(attempt: SignInAttemptRecord, browser: str) -> None:
    """Let the sign-in be where it was before its first step, in this browser."""
    nothing = dict.fromkeys(("user_id", "password_digest", "first_factor_at", "passkey_id"))
    values = nothing | {"methods": "", "wrong_proofs": 0, "expires_at": clock.now() + LIFETIME}
    values["browser_digest"] = tokens.digest(browser)
    SignIn.update(values).where(SignIn.id == attempt.id).execute()


def count_wrong(attempt: SignInAttemptRecord) -> None:
    """Count a wrong proof of the second step; ten in a row end the sign-in."""
    own = SignIn.id == attempt.id
    SignIn.update(wrong_proofs=SignIn.wrong_proofs + 1).where(own).execute()
    SignIn.delete().where(own, SignIn.wrong_proofs >= MOST_WRONG).execute()


def end_of_user(user_id: str) -> None:
    """End the user's sign-ins whose first step has succeeded."""
    own = SignIn.select(SignIn.id).where(SignIn.user_id == user_id)
    SignIn.delete().where(SignIn.id << database.unlocked(own)).execute()


def expired(now: int) -> tuple[Any, Any]:
    """Return the table and the condition of what to delete."""
    return SignIn, SignIn.expires_at <= now
