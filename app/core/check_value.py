"""The check value: by it, every start sees whether its secret key is the database's.

It is a sealed value, and lets nobody guess the secret key faster than any other sealed
value does: a slow hash in this place would protect nothing.
"""

from app.core import facts
from app.core.sealing import Place, Seal, SealBroken
from app.storage.models import Fact

_NAME = "secret_key"
_PLACE = Place.of(Fact.value, _NAME)


def exists() -> bool:
    """Return whether a start has written the check value."""
    return facts.read(_NAME) is not None


def opens(seal: Seal) -> bool:
    """Return whether the check value exists and was sealed with this seal's key."""
    try:
        seal.open(facts.read(_NAME) or b"", _PLACE)
    except SealBroken:
        return False
    return True


def write(seal: Seal) -> None:
    """Make this seal's key the database's, in the current transaction."""
    facts.write(_NAME, seal.close(_NAME, _PLACE))
