"""Recovery codes: ten of 120 bits, each of which stands for a second factor once.

The digests are plain: 120 random bits need no slow hash, and no secret key whose loss
would void them.
"""

import secrets
from typing import Any

from app.core import audit, clock, tokens
from app.core.audit import Event
from app.core.changes import changing
from app.core.context import Context
from app.core.mfa import factors
from app.core.mfa.errors import NoSecondFactor, RecoveryCodeWrong
from app.core.mfa.guards import Guard
from app.core.sessions import Live
from app.storage.mfa_statements import RECOVERY_CODE_TAKE
from app.storage.models import RecoveryCode

COUNT = 10
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u
_LENGTH, _GROUP = 24, 6
# What is read or typed in their place.
_LOOK_ALIKES = str.maketrans({"i": "1", "l": "1", "o": "0"})


def make(live: Live, *, context: Context) -> list[str]:
    """Replace the person's codes with a new set, and return it: it is shown once.

    Raises `NoSecondFactor`, and what `changing` raises.
    """
    with changing(live.user, context=context, guard=Guard.RECENT):
        if not factors.of_user(live.user.id, context.settings).second:
            raise NoSecondFactor
        return replaced(live.user.id, context=context)


def first_set(user_id: str, *, context: Context) -> list[str]:
    """Return a new set if the person has no codes, else nothing.

    It belongs in the transaction that locks the person and adds their first factor.
    """
    if factors.of_user(user_id, context.settings).recovery_codes:
        return []
    return replaced(user_id, context=context)


def replaced(user_id: str, *, context: Context) -> list[str]:
    """Store a new set in place of the old one, in the current transaction."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(COUNT)]
    rows: list[dict[str, Any]] = [
        {"digest": tokens.digest(code), "user": user_id, "created_at": clock.now()}
        for code in codes
    ]
    RecoveryCode.delete().where(RecoveryCode.user == user_id).execute()
    RecoveryCode.insert_many(rows).execute()
    audit.record(Event.RECOVERY_CODES_MADE, user_id=user_id, context=context)
    return [
        "-".join(code[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))
        for code in codes
    ]


def confirm_receipt(live: Live, *, context: Context) -> None:
    """Note that the person has saved the codes: now they count as a way in.

    Raises what `changing` raises.
    """
    with changing(live.user, context=context, guard=Guard.WHOLE):
        own = RecoveryCode.user == live.user.id, RecoveryCode.confirmed_at.is_null()
        if RecoveryCode.update(confirmed_at=clock.now()).where(*own).execute():
            audit.record(Event.RECOVERY_CODES_SAVED, user_id=live.user.id, context=context)


def normal(code: str) -> str:
    """Return a code as it is digested: case, dashes and look-alikes are forgiven."""
    kept = "".join(each for each in code.lower() if each.isalnum())
    return kept.translate(_LOOK_ALIKES)


def looks_like_one(code: str) -> bool:
    """Return whether `code` has the form of a recovery code."""
    typed = normal(code)
    return len(typed) == _LENGTH and set(typed) <= set(_ALPHABET)


def burn(user_id: str, code: str, *, context: Context) -> None:
    """Use up the code, in the transaction of what it is used for.

    Raises `RecoveryCodeWrong` for one that is wrong, used, or another person's.
    """
    wanted = {"digest": tokens.digest(normal(code)), "user_id": user_id}
    if not looks_like_one(code) or RECOVERY_CODE_TAKE.change(**wanted) is None:
        raise RecoveryCodeWrong
    audit.record(Event.RECOVERY_CODE_USED, user_id=user_id, context=context)
