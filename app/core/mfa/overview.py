"""What an operator may know of a person's factors: all but the secrets."""

from typing import NamedTuple

from app.core import passkeys, sessions
from app.core.context import Service
from app.core.mfa import factors, totp
from app.core.mfa.factors import Factors
from app.core.session_cap import MOST
from app.storage.models import User
from app.storage.records import PasskeyRecord, UserRecord


class Overview(NamedTuple):
    """A person's factors and sessions; `passkeys` are all, not only the usable ones.

    `totp_since` is None without an authenticator app; `totp_opens` is whether its
    secret can be read with the secret key in use.
    """

    factors: Factors
    passkeys: list[PasskeyRecord]
    totp_since: int | None
    totp_opens: bool
    sessions: int
    disabled_at: int | None


def of_user(user: UserRecord, *, service: Service) -> Overview:
    """Return the overview of a user. Raises `SessionInvalid` if the account is gone."""
    settings, app = service.settings, totp.of_user(user.id)
    return Overview(
        factors.of_user(user.id, settings),
        passkeys.of_user(user.id),
        app and app.created_at,
        app is not None and totp.opened(app, service=service) is not None,
        len(sessions.of_user(user.id, most=MOST, settings=settings)),
        User.select(User.disabled_at).where(User.id == user.id).scalar(),
    )
