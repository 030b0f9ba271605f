"""What a person has proved, and when: the table from which all else is derived."""

from typing import NamedTuple, Self

from app.core import clock
from app.storage.records import SessionRecord

AHEAD = clock.MINUTE  # a proof later than this was made before the clock went back
_KEYS = {"hwk", "swk"}  # RFC 8176: a key in hardware or software
_SUBSTITUTES = {"recovery", "link"}  # they stand for factors that were lost


class Proved(NamedTuple):
    """Methods as RFC 8176 names them, and when each factor was proved last.

    Times are Unix milliseconds. `methods` has no "mfa": that is written where
    `second_at` is set. Nothing counts twice.
    """

    methods: tuple[str, ...] = ()
    first_at: int | None = None
    second_at: int | None = None

    @property
    def amr(self) -> tuple[str, ...]:
        """The methods, with "mfa" where a second factor was proved."""
        return self.methods if self.second_at is None else (*self.methods, "mfa")

    @property
    def by_substitute_only(self) -> bool:
        """Whether only a link or a recovery code was proved."""
        return bool(self.methods) and set(self.methods) <= _SUBSTITUTES

    @property
    def may_use_recovery_code(self) -> bool:
        """Whether a recovery code counts: after a factor, and not after another one."""
        used = set(self.methods)
        return bool(used & (_KEYS | {"pwd"})) and not used & _SUBSTITUTES

    @property
    def password_completes(self) -> bool:
        """Whether the password is the second step, after a passkey without UV."""
        used = set(self.methods)
        alone = bool(used & _KEYS) and "pwd" not in used
        return alone and self.first_at is not None and self.second_at is None

    def with_password(self, now: int) -> Self:
        """Return it after the right password."""
        second_at = now if self.password_completes else self.second_at
        return self._with("pwd", first_at=now, second_at=second_at)

    def with_passkey(self, now: int, *, key: str, user_verified: bool) -> Self:
        """Return it after a passkey; `key` is "hwk" or "swk"."""
        if user_verified:
            return self._with(key, "user", first_at=now, second_at=now)
        if "pwd" in self.methods:
            return self._with(key, second_at=now)
        return self._with(key, "user", first_at=now)

    def with_totp(self, now: int) -> Self:
        """Return it after a code of the authenticator app, after another factor."""
        return self._with("otp", second_at=now)

    def with_recovery_code(self, now: int) -> Self:
        """Return it after a recovery code, alone or after a factor."""
        if self.may_use_recovery_code:
            return self._with("recovery", second_at=now)
        return self._with("recovery", first_at=now)

    def with_link(self) -> Self:
        """Return it after a link, which proves no factor."""
        return self._with("link")

    def _with(self, *methods: str, **times: int | None) -> Self:
        return self._replace(methods=tuple(dict.fromkeys((*self.methods, *methods))), **times)


def of_row(methods: str, first_at: int | None, second_at: int | None) -> Proved:
    """Return what a session has proved. Version 0.1.0 has stored "mfa", too."""
    named = tuple(each for each in methods.split() if each != "mfa")
    return Proved(named, first_at, second_at)


def of_session(record: SessionRecord) -> Proved:
    """Return what a session had proved when it was read."""
    return of_row(record.methods, record.first_factor_at, record.second_factor_at)
