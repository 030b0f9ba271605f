"""What the rules are called with: the service, and the caller."""

from dataclasses import dataclass
from typing import NamedTuple

from app.core.passwords import Passwords
from app.core.sealing import Seal
from app.settings import Settings
from app.storage.records import SessionRecord

COMMAND_LINE = "command line"  # in the place of an address


class Caller(NamedTuple):
    """The peer's address, after trusted proxies, and the start of its User-Agent.

    `session` or `api_token` (its digest) is what identified the caller in this
    request; without either, the caller is a stranger or a command. `device` is the
    token of its browser, known or new; None if it keeps no cookies.
    """

    address: str
    user_agent: str
    session: SessionRecord | None = None
    api_token: bytes = b""
    device: str | None = None

    @property
    def session_id(self) -> str:
        """The id of the caller's session, or ""."""
        return self.session.id if self.session else ""

    @property
    def is_command(self) -> bool:
        """Whether an operator's command calls, and not a request."""
        return self.address == COMMAND_LINE


@dataclass(frozen=True, eq=False)  # signals tell one service from another by identity
class Service:
    """The settings in force and the tools that depend on them, one per app."""

    settings: Settings
    passwords: Passwords
    seal: Seal

    @classmethod
    def of(cls, settings: Settings) -> "Service":
        """Return a service with these settings, whose seal is still locked."""
        return cls(settings, Passwords(settings.argon2), Seal())


class Context(NamedTuple):
    """A service, and the caller that it works for."""

    service: Service
    caller: Caller

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.service.settings
