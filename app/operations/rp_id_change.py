"""Passkeys bound to another RP id, which the one in force can never use."""

from typing import Any, NamedTuple

from app.settings import PREFIX, Settings, SettingsError, log
from app.storage import database
from app.storage.models import Passkey, User


class Stranded(NamedTuple):
    """How many passkeys, of which RP ids; and how many people have no other way in."""

    passkeys: int
    rp_ids: list[str]
    people: int


def find(rp_id: str) -> Stranded:
    """Count what `rp_id` strands.

    Reads two ranges of an index, because "not equal" would read the whole table.
    """
    others = (Passkey.rp_id < rp_id) | (Passkey.rp_id > rp_id)
    passkeys = Passkey.select().where(others).count()
    if not passkeys:
        return Stranded(0, [], 0)
    rp_ids = [
        row.rp_id
        for row in Passkey.select(Passkey.rp_id).where(others).distinct().order_by(Passkey.rp_id)
    ]
    usable = Passkey.select(Passkey.user).where(Passkey.rp_id == rp_id)
    people: Any = User.id << Passkey.select(Passkey.user).where(others)
    alone = User.select().where(
        people, User.password_hash.is_null(), User.disabled_at.is_null(), User.id.not_in(usable)
    )
    return Stranded(passkeys, rp_ids, alone.count())


def check(settings: Settings) -> None:
    """Log how many passkeys are stranded, at the start of a server.

    Raises `SettingsError` if this locks someone out.
    """
    try:
        with database.db.connection_context():
            found = find(settings.rp_id)
    finally:
        database.disconnect()
    if not found.passkeys:
        return
    number = "1 passkey is" if found.passkeys == 1 else f"{found.passkeys} passkeys are"
    words = f"{number} bound to another RP id ({', '.join(found.rp_ids[:5])}) and cannot sign in"
    if found.people and not settings.allow_stranded_passkeys:
        who = "1 person has" if found.people == 1 else f"{found.people} people have"
        fix = f"set it back, or {PREFIX}ALLOW_STRANDED_PASSKEYS=true to go on"
        raise SettingsError([f"{PREFIX}RP_ID: {words}; {who} no other way in; {fix}."])
    log.warning("%s; set %sRP_ID back if that was not meant", words, PREFIX)
