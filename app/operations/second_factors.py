"""What policy, passkeys and seals mean for how many people: for starts and the doctor.

Disabled accounts are left out.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from app.core import facts
from app.core.context import Service
from app.core.mfa import factors
from app.core.sealing import Seal
from app.operations import resealing
from app.operations.finding import Finding, people
from app.settings import PREFIX, Settings, log
from app.settings.secret_key import read_secret_key
from app.storage import database
from app.storage.models import Passkey, Totp, User

_ABOUT = "second factors"
# A fact since the secret key was replaced: only then can a seal be unreadable.
_REPLACED = "secret_key_replaced"
_ENABLED: Any = User.disabled_at.is_null()
_HAVE = "has a second factor", "have a second factor"


class Count(NamedTuple):
    """How many people there are, have a second factor, and are asked for it.

    The last is under the policy "optional", after the password.
    """

    people: int
    having: int
    asked: int


def count(settings: Settings) -> Count:
    """Count the people by what the policy means for them."""
    totp: Any = User.id << Totp.select(Totp.user)
    passkey: Any = User.id << _usable(settings)
    return Count(
        User.select().where(_ENABLED).count(),
        User.select().where(_ENABLED, totp | passkey).count(),
        User.select().where(_ENABLED, totp | (passkey & User.always_asks)).count(),
    )


def _usable(settings: Settings) -> Any:
    return Passkey.select(Passkey.user).where(Passkey.rp_id == factors.usable_rp_id(settings))


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what the policy means, and how many have factors that serve nobody."""
    if settings.mfa_policy != "optional" and not settings.step_up_age:
        words = f"{PREFIX}STEP_UP_AGE is 0 although a second factor matters here: a session that"
        yield Finding("warning", _ABOUT, f"{words} is left open can remove it. Set it to 10m.")
    if not settings.passkeys_enabled:
        yield from _switched_off()
    yield _policy(count(settings), settings)


def _policy(found: Count, settings: Settings) -> Finding:
    name = f"The policy is {settings.mfa_policy}: {found.having} of {people(found.people, *_HAVE)}"
    without = found.people - found.having
    if settings.mfa_policy == "optional":
        asked = f"{people(found.asked, 'is', 'are')} asked for it after the password"
        return Finding("ok", _ABOUT, f"{name}, and {asked}.")
    if settings.mfa_policy == "enrolled" or not without:
        return Finding("ok", _ABOUT, f"{name}, and whoever has one is asked for it.")
    words = f"{people(without, 'is', 'are')} asked to set one up, and until then the password alone"
    return Finding("warning", _ABOUT, f"{name}; {words} decides who does.")


def _switched_off() -> Iterator[Finding]:
    passkeys = Passkey.select().count()
    if not passkeys:
        return
    having: Any = User.id << Passkey.select(Passkey.user)
    stuck = User.select().where(_ENABLED, User.password_hash.is_null(), having).count()
    words = f"{passkeys} cannot sign in: {PREFIX}PASSKEYS_ENABLED is off"
    if stuck:
        who = people(stuck, "has", "have")
        yield Finding("fault", "passkeys", f"{words}, and {who} no other way in.")
    else:
        yield Finding("warning", "passkeys", f"{words}; their owners use a password.")


def unreadable(seal: Seal) -> int:
    """Return how many authenticator apps' secrets another secret key has sealed."""
    return resealing.unreadable(Totp.secret_sealed, seal)


def examine_seals(settings: Settings) -> Iterator[Finding]:
    """Count the authenticator apps that the key in the settings cannot read."""
    key = read_secret_key(settings)
    number = unreadable(Seal(key)) if key else 0
    if number:
        yield Finding("warning", _ABOUT, f"{_without_codes(number)}.")


def _without_codes(number: int) -> str:
    who = people(number, "has an authenticator app", "have authenticator apps")
    return (
        f"{who} that another secret key has sealed, so that no code works: they need a passkey, a"
        " recovery code, or `flask user reset-mfa`"
    )


def note_replaced_key() -> None:
    """Note in the current transaction that seals may be unreadable from now on."""
    facts.write(_REPLACED, b"1")


def tell_unreadable(service: Service) -> None:
    """Log at a server's start how many seals are unreadable; mostly none can be."""
    try:
        with database.db.connection_context():
            number = unreadable(service.seal) if facts.read(_REPLACED) else 0
    finally:
        database.disconnect()
    if number:
        log.warning("%s", _without_codes(number))
