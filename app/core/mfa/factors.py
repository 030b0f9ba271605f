"""The factors that a person has."""

from typing import NamedTuple

from app.errors import SessionInvalid
from app.settings import Settings
from app.storage.mfa_statements import FACTORS_OF_USER


class Factors(NamedTuple):
    """What a person can prove.

    `passkeys` are the usable ones, `verified_passkeys` those made with user
    verification; `recovery_codes` are left, and `saved_codes` of them the person has
    said to have saved. `always_asks` is the person's own wish for a second step.
    """

    password: bool
    totp: bool
    passkeys: int
    verified_passkeys: int
    recovery_codes: int
    saved_codes: int
    always_asks: bool

    @property
    def second(self) -> bool:
        """Whether there is a second factor. Recovery codes are a substitute for one."""
        return self.totp or self.passkeys > 0

    @property
    def ways_in(self) -> int:
        """How many first factors there are. Without a password, passkeys need UV."""
        return 1 + self.passkeys if self.password else self.verified_passkeys

    @property
    def can_do_without_password(self) -> bool:
        """Whether losing one passkey would not lock the person out."""
        return self.verified_passkeys >= 2 or bool(self.verified_passkeys and self.saved_codes)


def usable_rp_id(settings: Settings) -> str:
    """Return the RP id of passkeys that can sign in; "" if none can."""
    return settings.rp_id if settings.passkeys_enabled else ""


def of_user(user_id: str, settings: Settings) -> Factors:
    """Return the user's factors.

    A passkey is usable where passkeys are on, and its RP id is the one in force. TOTP
    counts also where its secret cannot be read: it fails closed. Raises
    `SessionInvalid` if the account is gone.
    """
    row = FACTORS_OF_USER.one(id=user_id, rp_id=usable_rp_id(settings))
    if row is None:
        raise SessionInvalid(cause="the account was deleted meanwhile")
    password, totp, passkeys, verified, codes, saved, always = row
    return Factors(bool(password), bool(totp), passkeys, verified, codes, saved, bool(always))
