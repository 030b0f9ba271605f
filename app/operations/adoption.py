"""Another secret key for the database, at the price of what the old one has sealed."""

from typing import Any, NamedTuple

from app.core import api_tokens, audit, check_value, clock, signing_keys
from app.core.audit import Event
from app.core.context import Context, Service
from app.core.sealing import Seal
from app.operations import second_factors
from app.settings import Settings
from app.settings.secret_key import load_secret_key, read_secret_key
from app.storage import database
from app.storage.models import Totp, User

_BATCH = 500


class Price(NamedTuple):
    """How many API tokens are replaced, one per account, and apps are of no use."""

    tokens: int
    apps: int


class Adopted(NamedTuple):
    """What it has cost, and the id of the new signing key."""

    price: Price
    key_id: str


def price(settings: Settings) -> Price:
    """Return what an adoption costs."""
    key = read_secret_key(settings)
    apps = second_factors.unreadable(Seal(key)) if key else Totp.select().count()
    return Price(User.select().count(), apps)


def adopt(*, context: Context) -> Adopted:
    """Make the secret key in the settings, or a new one in DATA_DIR, the database's.

    In one transaction, every account gets a new API token and a new key signs session
    tokens. Raises `SettingsError` if the secret key can be neither read nor created.
    """
    service = context.service
    with database.starting():
        service.seal.unlock(load_secret_key(service.settings))
        made = signing_keys.new(service.seal)
        with database.durable():
            key_id = signing_keys.replace(made, context=context)
            count = _replace_tokens(service)
            check_value.write(service.seal)
            second_factors.note_replaced_key()
            detail = f"{count} API tokens were replaced"
            audit.record(Event.SECRET_KEY_ADOPTED, detail=detail, context=context)
        return Adopted(Price(count, second_factors.unreadable(service.seal)), key_id)


def _replace_tokens(service: Service) -> int:
    count, last = 0, ""
    while ids := _ids_after(last):
        for user_id in ids:
            values = api_tokens.columns(service, user_id) | {"updated_at": clock.now()}
            User.update(values).where(User.id == user_id).execute()
        count, last = count + len(ids), ids[-1]
    return count


def _ids_after(last: str) -> list[str]:
    query: Any = User.select(User.id).where(User.id > last).order_by(User.id).limit(_BATCH)
    return [user_id for (user_id,) in query.tuples()]
