"""What the rules are called with: the service, and the caller."""

from dataclasses import dataclass
from typing import NamedTuple

from app.core.passwords import Passwords
from app.core.tokens import Seal
from app.settings import Settings
from app.settings.secret_key import load_secret_key


class Caller(NamedTuple):
    """The peer's address, after trusted proxies, and the start of its User-Agent.

    `session_id` or `api_token` (its digest) is what identified the caller in this
    request; without either, the caller is a stranger or a command.
    """

    address: str
    user_agent: str
    session_id: str = ""
    api_token: bytes = b""


@dataclass(frozen=True, eq=False)  # signals tell one service from another by identity
class Service:
    """The settings in force and the tools that depend on them, one per app."""

    settings: Settings
    passwords: Passwords
    seal: Seal

    @classmethod
    def of(cls, settings: Settings) -> "Service":
        """Return a service with these settings.

        Raises `SettingsError` if the secret key can be neither read nor created.
        """
        return cls(settings, Passwords(settings.argon2), Seal(load_secret_key(settings)))


class Context(NamedTuple):
    """A service, and the caller that it works for."""

    service: Service
    caller: Caller

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.service.settings
