"""What the rules are given by whoever starts the program."""

from typing import NamedTuple

from app.core.passwords import Passwords
from app.core.tokens import Seal
from app.settings import Settings
from app.settings.secret_key import load_secret_key


class Service(NamedTuple):
    """The settings in force, and the tools that depend on them."""

    settings: Settings
    passwords: Passwords
    seal: Seal

    @classmethod
    def of(cls, settings: Settings) -> "Service":
        """Make the tools; raises `SettingsError` when the secret key can be neither read nor made."""
        return cls(settings, Passwords(settings.argon2), Seal(load_secret_key(settings)))
