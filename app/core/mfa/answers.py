"""Judging what a person shows: a passkey, a code, a recovery code or the password."""

from collections.abc import Callable
from typing import Any, NamedTuple

from app.core import assertions, clock, signin, text
from app.core.account_errors import AccountError, WrongPassword
from app.core.context import Context
from app.core.mfa import recovery_codes, totp
from app.core.mfa.errors import CodeNotTaken, MfaError, ProofNotTaken
from app.core.mfa.proofs import Proved
from app.core.webauthn.errors import CeremonyError
from app.storage.models import User
from app.storage.records import UserRecord

Prove = Callable[[Proved], Proved]
# What counts as wrong, and ends a session or sign-in after ten in a row.
WRONG = (MfaError, AccountError, CeremonyError)


class Answer(NamedTuple):
    """What a person shows: one of these. `response` is a credential in JSON."""

    response: Any = None
    password: str | None = None
    code: str | None = None
    recovery_code: str | None = None

    @property
    def way(self) -> str:
        """Which of the ways it is. A recovery code may be typed as a code."""
        if self.code is not None:
            return "recovery" if recovery_codes.looks_like_one(self.code) else "totp"
        if self.recovery_code is not None:
            return "recovery"
        return "password" if self.password is not None else "passkey"


class Occasion(NamedTuple):
    """Where an answer is asked: the `ways` that are offered, and what binds a ceremony.

    `place` is where a wrong code is counted.
    """

    ways: tuple[str, ...]
    ceremony: str
    binding: str
    place: str


def judged(answer: Answer, user: UserRecord, occasion: Occasion, *, context: Context) -> Prove:
    """Return what adds to a proof what the right answer proves.

    A challenge or a code is used up, but a recovery code has to be burnt by `settle`,
    in the transaction of what it is used for. Raises one of `WRONG`, `Busy`,
    `Throttled`.
    """
    way, now = answer.way, clock.now()
    if way not in occasion.ways:
        raise CodeNotTaken if answer.code is not None else ProofNotTaken
    if way == "passkey":
        shown = assertions.shown_by(
            user, answer.response, occasion.ceremony, occasion.binding, context=context
        )
        return lambda proved: shown.added_to(proved, now)
    if way == "password":
        check_password(user, answer.password or "", context=context)
        return lambda proved: proved.with_password(now)
    if way == "totp":
        totp.use(user.id, answer.code or "", place=occasion.place, context=context)
        return lambda proved: proved.with_totp(now)
    return lambda proved: proved.with_recovery_code(now)


def settle(answer: Answer, user_id: str, *, context: Context) -> None:
    """Burn the recovery code, if it is one. Raises `RecoveryCodeWrong`."""
    if answer.way == "recovery":
        recovery_codes.burn(user_id, answer.recovery_code or answer.code or "", context=context)


def check_password(user: UserRecord, password: str, *, context: Context) -> None:
    """Raise `WrongPassword` unless it is the user's."""
    row, key = User.get_or_none(User.id == user.id), text.username_key(user.username)
    if not signin.right_password(row, key, password, context=context):
        raise WrongPassword
