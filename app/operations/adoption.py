"""Another secret key for the database, at the price of what the old one has sealed."""

from typing import Any, NamedTuple

from app.core import api_tokens, audit, check_value, clock, signing_keys
from app.core.audit import Event
from app.core.context import Context, Service
from app.settings.secret_key import load_secret_key
from app.storage import database
from app.storage.models import User

_BATCH = 500


class Adopted(NamedTuple):
    """How many API tokens were replaced, and the id of the new signing key."""

    tokens: int
    key_id: str


def price() -> int:
    """Return how many API tokens an adoption replaces: one for each account."""
    return int(User.select().count())


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
            detail = f"{count} API tokens were replaced"
            audit.record(Event.SECRET_KEY_ADOPTED, detail=detail, context=context)
    return Adopted(count, key_id)


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
