"""A user's passkeys: list, find, rename, delete.

Each change also updates the user, because Clerk's SDK reports no other change to an
application.
"""

import contextlib
from typing import Any, NamedTuple

import orjson

from app.core import audit, session_ends, text, tokens
from app.core.audit import Event
from app.core.changes import changing
from app.core.context import Context
from app.core.mfa import factors, removals
from app.core.mfa.guards import Guard
from app.core.webauthn import authenticators
from app.core.webauthn.encoding import base64url
from app.errors import AppError, InvalidInput
from app.settings import Settings
from app.storage.models import Enrolment, Passkey
from app.storage.records import EnrolmentRecord, PasskeyRecord, UserRecord
from app.storage.statement import columns
from app.storage.statements import PASSKEY_DELETE, PASSKEYS_OF_USER


class PasskeyError(AppError):
    code = "passkey_error"
    status = 400


class PasskeysDisabled(PasskeyError):
    code = "passkeys_disabled"
    status = 404
    sentence = "Passkeys are switched off on this server."


class PasskeyUnknown(PasskeyError):
    code = "passkey_unknown"
    sentence = "You have no passkey with this id."


class TooManyPasskeys(PasskeyError):
    code = "too_many_passkeys"
    sentence = "You have as many passkeys as this server allows. Delete one, then add the new one."


class Deleted(NamedTuple):
    """The user as changed, and how many sessions ended with the passkey."""

    user: UserRecord
    sessions: int


def require_enabled(settings: Settings) -> None:
    """Raise `PasskeysDisabled` if passkeys are switched off in the settings."""
    if not settings.passkeys_enabled:
        raise PasskeysDisabled


def of_user(user_id: str) -> list[PasskeyRecord]:
    """Return a user's passkeys, oldest first."""
    return [PasskeyRecord._make(row) for row in PASSKEYS_OF_USER.all(user_id=user_id)]


def is_usable(passkey: PasskeyRecord, settings: Settings) -> bool:
    """Return whether it can sign in: passkeys are on, and its RP id is in force."""
    return passkey.rp_id == factors.usable_rp_id(settings)


def descriptor(passkey: PasskeyRecord) -> dict[str, Any]:
    """Return PublicKeyCredentialDescriptorJSON, by which options name a passkey."""
    named = {"id": base64url(passkey.credential_id), "type": "public-key"}
    transports = orjson.loads(passkey.transports)
    return named | {"transports": transports} if transports else named


def find(user: UserRecord, passkey_id: str) -> PasskeyRecord:
    """Return one of the user's passkeys.

    Raises `PasskeyUnknown`, the same for an unknown id and for another user's passkey.
    """
    return _with_id(passkey_id, of_user(user.id))


def _with_id(passkey_id: str, among: list[PasskeyRecord]) -> PasskeyRecord:
    for each in among:
        if each.id == passkey_id:
            return each
    raise PasskeyUnknown


def unfinished(user: UserRecord, enrolment_id: str) -> EnrolmentRecord:
    """Return one of the user's unfinished passkeys, even an expired one.

    Raises `PasskeyUnknown`.
    """
    if not tokens.looks_like_id(enrolment_id):
        raise PasskeyUnknown
    query = Enrolment.select(*columns(Enrolment, EnrolmentRecord)).where(
        Enrolment.id == enrolment_id, Enrolment.user == user.id
    )
    row: Any = query.tuples().first()
    if row is None:
        raise PasskeyUnknown
    return EnrolmentRecord._make(row)


def any_of(user: UserRecord, passkey_id: str) -> PasskeyRecord | EnrolmentRecord:
    """Return one of the user's passkeys, finished or not. Raises `PasskeyUnknown`."""
    for look_up in (find, unfinished):
        with contextlib.suppress(PasskeyUnknown):
            return look_up(user, passkey_id)
    return find(user, passkey_id)  # it may have been finished between the two


def valid_name(name: str | None) -> str | None:
    """Return the normalised name, or None if there is none. Raises `InvalidInput`."""
    if name is None:
        return None
    name = text.passkey_name(name)
    if fault := text.fault_in(name, longest=100):
        raise InvalidInput(name=fault)
    return name


def rename(user: UserRecord, passkey_id: str, name: str | None, *, context: Context) -> UserRecord:
    """Rename the passkey, adding a number if another one of the user has that name.

    None means the name of its authenticator. Returns the user as changed. Raises
    `InvalidInput`, `PasskeyUnknown`, and what `changing` raises.
    """
    name = valid_name(name)
    with changing(user, context=context) as changed:
        siblings = of_user(user.id)
        passkey = _with_id(passkey_id, siblings)
        wanted = name or authenticators.passkey_name(passkey.aaguid)
        free = text.numbered(wanted, {each.name for each in siblings if each.id != passkey_id})
        own = Passkey.user == user.id, Passkey.id == passkey_id
        Passkey.update(name=free, updated_at=changed.updated_at).where(*own).execute()
        audit.record(Event.PASSKEY_RENAMED, user_id=user.id, detail=passkey_id, context=context)
    return changed


def delete(user: UserRecord, passkey_id: str, *, forced: bool = False, context: Context) -> Deleted:
    """Delete the passkey, and end the other sessions that it began.

    What other sessions have proved is void. With `forced` it may be the last way in:
    that is for administrators. Raises `PasskeyUnknown`, the same for an
    unknown id and for another user's passkey, `LastWayIn`, `LastSecondFactor`, and what
    `changing` raises.
    """
    if not tokens.looks_like_id(passkey_id):
        raise PasskeyUnknown
    with changing(user, context=context, guard=Guard.RECENT) as changed:
        before = factors.of_user(user.id, context.settings)
        if PASSKEY_DELETE.change(user_id=user.id, id=passkey_id) is None:
            raise PasskeyUnknown
        ended = session_ends.end_begun_by(user, passkey_id, context=context)
        removals.settle(user.id, before, forced=forced, context=context)
        audit.record(Event.PASSKEY_DELETED, user_id=user.id, detail=passkey_id, context=context)
        return Deleted(changed, ended)
