"""The secret key and the database belong together, and every start checks that."""

from app.core import check_value
from app.core.context import Service
from app.core.sealing import Seal
from app.operations import resealing
from app.settings import PREFIX, Settings, SettingsError
from app.settings.secret_key import load_secret_key, read_secret_key, secret_key_file
from app.storage import database


def unlock(service: Service) -> None:
    """Unlock the service's seal with the secret key, if that is the database's.

    The first start on a database makes the key if there is none, seals anew what
    version 1 has sealed, and writes the check value; if several start at once, only one
    does so. Raises `SettingsError` if the key is lost or another; nothing is written.
    """
    settings = service.settings
    with database.starting():
        found = read_secret_key(settings)
        if wrong := _fault(found, settings):
            raise SettingsError([wrong])
        key = found or load_secret_key(settings)
        if not check_value.exists():
            resealing.reseal(key)
            with database.durable():
                check_value.write(Seal(key))
    service.seal.unlock(key)


def fault(settings: Settings) -> str | None:
    """Return what is wrong with the secret key, and what to do. Changes nothing.

    Raises `SettingsError` if it cannot be read or is too weak.
    """
    return _fault(read_secret_key(settings), settings)


def _fault(key: bytes | None, settings: Settings) -> str | None:
    if key is None:
        used = check_value.exists() or resealing.is_anything_sealed()
        return _lost(settings) if used else None
    right = check_value.opens(Seal(key)) if check_value.exists() else resealing.opens_any(key)
    return None if right else _another(settings)


_FIX = "or run `flask keys adopt`, which says what a new key costs"


def _lost(settings: Settings) -> str:
    what = f"{secret_key_file(settings)} is missing, the secret key that the database is used with"
    back = f"put it back, there or in {PREFIX}SECRET_KEY"
    return f"{PREFIX}DATA_DIR: {what}; {back}, {_FIX}. Another node needs the first node's key."


def _another(settings: Settings) -> str:
    if settings.secret_key is not None:
        what = f"{PREFIX}SECRET_KEY: it"
    else:
        what = f"{PREFIX}DATA_DIR: {secret_key_file(settings)}"
    return f"{what} is not the key that the database is used with; put that one back, {_FIX}."
