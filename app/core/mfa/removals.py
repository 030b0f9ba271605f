"""What follows where a passkey or the authenticator app was removed."""

from app.core import session_ends, sign_in_attempts
from app.core.context import Context
from app.core.mfa import factors, guards
from app.core.mfa.factors import Factors
from app.storage.models import RecoveryCode, TotpOffer, User


def settle(user_id: str, before: Factors, *, forced: bool = False, context: Context) -> None:
    """Check that what was removed may go, and void what was proved with it.

    `before` are the factors as they were, under the same lock. With the last second
    factor the recovery codes go, and the wish to be asked always. `forced` is an
    administrator's. Raises `LastWayIn`, `LastSecondFactor`.
    """
    after = factors.of_user(user_id, context.settings)
    if not forced:
        guards.check_removal(before, after, context.settings)
    session_ends.end_proofs(user_id, context=context)
    sign_in_attempts.end_of_user(user_id)
    if not after.second:
        forget_substitutes(user_id)


def forget_substitutes(user_id: str) -> None:
    """Delete what makes sense beside a second factor only."""
    for table in (RecoveryCode, TotpOffer):
        table.delete().where(table.user == user_id).execute()
    User.update(always_asks=None).where(User.id == user_id).execute()
