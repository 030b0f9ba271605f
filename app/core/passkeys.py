"""A person's passkeys: add by a registration ceremony, list, rename, delete.

Each change dates the user, too: Clerk's SDK tells an application of no other. It comes first in its transaction, in the
order in which deleting an account takes the rows, and others who change the same user's passkeys wait for it.
"""

from typing import Any

import orjson
from peewee import IntegrityError

from app.core import audit, clock, text, tokens
from app.core.audit import Event
from app.core.caller import Caller
from app.core.observed import observed
from app.core.webauthn import authenticators, challenges, relying_party
from app.core.webauthn.encoding import base64url
from app.core.webauthn.relying_party import NewCredential
from app.errors import (
    CredentialTaken,
    InvalidInput,
    PasskeysDisabled,
    PasskeyUnknown,
    TooManyPasskeys,
)
from app.settings import Settings
from app.storage import database
from app.storage.models import Enrolment, Passkey
from app.storage.records import PasskeyRecord, UserRecord
from app.storage.statements import (
    PASSKEY_DELETE,
    PASSKEY_INSERT,
    PASSKEY_ROW,
    PASSKEYS_OF_USER,
    USER_CHANGED,
)

# What is kept of a registration response: known attachments, and the rest within bounds.
_ATTACHMENTS = ("platform", "cross-platform")
_LONGEST_TRANSPORT, _MOST_TRANSPORTS, _LARGEST_OUTPUTS = 32, 16, 2048


def require_enabled(settings: Settings) -> None:
    """Raise `PasskeysDisabled` where an administrator has switched passkeys off."""
    if not settings.passkeys_enabled:
        raise PasskeysDisabled


def of_user(user_id: str) -> list[PasskeyRecord]:
    """List a user's passkeys, oldest first."""
    return [PasskeyRecord._make(row) for row in PASSKEYS_OF_USER.all(user_id)]


def begin_registration(user: UserRecord, *, settings: Settings) -> dict[str, Any]:
    """Start a registration; gives PublicKeyCredentialCreationOptionsJSON. Raises `TooManyPasskeys`."""
    require_enabled(settings)
    existing = of_user(user.id)
    if len(existing) >= settings.max_passkeys_per_user:
        raise TooManyPasskeys
    challenge = challenges.issue(challenges.REGISTRATION, settings, user_id=user.id)
    return relying_party.creation_options(
        user, challenge, [_descriptor(each) for each in existing], settings=settings
    )


def _descriptor(passkey: PasskeyRecord) -> dict[str, Any]:
    descriptor = {"id": base64url(passkey.credential_id), "type": "public-key"}
    transports = orjson.loads(passkey.transports)
    return descriptor | {"transports": transports} if transports else descriptor


@observed(challenges.REGISTRATION)
def finish_registration(
    user: UserRecord,
    credential: Any,
    name: str | None,
    *,
    caller: Caller,
    settings: Settings,
    enrolment_id: str | None = None,
) -> PasskeyRecord:
    """Verify the response, whose challenge is burnt whatever comes of it, and store the passkey.

    Without a name it gets that of its authenticator. An enrolment ends with it, and gives it its id.
    Raises `InvalidInput` (name), `ChallengeUnknown`, `RegistrationRefused` and its children, `TooManyPasskeys`,
    `PasskeyUnknown` (the enrolment was deleted meanwhile).
    """
    require_enabled(settings)
    name = valid_name(name)
    response = relying_party.read_registration(credential)
    challenge = challenges.consume(
        response.challenge, challenges.REGISTRATION, rp_id=settings.rp_id, user_id=user.id
    )
    verified = relying_party.verify_registration(response, challenge, settings=settings)
    row = _row(user, verified, credential, rp_id=challenge.rp_id)
    row["name"] = name or authenticators.passkey_name(verified.aaguid)
    row["id"] = enrolment_id or tokens.new_id()
    try:
        with database.durable():
            USER_CHANGED.run(row["created_at"], user.id)
            if (
                enrolment_id
                and not Enrolment.delete().where(Enrolment.id == enrolment_id).execute()
            ):
                raise PasskeyUnknown
            _insert(row, most=settings.max_passkeys_per_user)
            audit.record(
                Event.PASSKEY_ADDED, user_id=user.id, address=caller.address, detail=row["id"]
            )
    except IntegrityError as error:
        if database.owner_is_gone(error):
            raise
        # Step 27: registered to nobody; the constraint decides between two at once.
        raise CredentialTaken(cause=str(error)) from error
    return PasskeyRecord._make(row[name] for name in PasskeyRecord._fields)


def _insert(row: dict[str, Any], *, most: int) -> None:
    siblings = of_user(row["user_id"])
    if len(siblings) >= most:
        raise TooManyPasskeys
    row["name"] = text.numbered(row["name"], {each.name for each in siblings})
    PASSKEY_INSERT.run(*(row[column] for column in PASSKEY_ROW))


def valid_name(name: str | None) -> str | None:
    """Normalise a name, if there is one; raises `InvalidInput`."""
    name = name if name is None else text.passkey_name(name)
    if name is not None and (fault := text.fault_in(name, longest=100)):
        raise InvalidInput(name=fault)
    return name


def _row(
    user: UserRecord, verified: NewCredential, credential: dict[str, Any], *, rp_id: str
) -> dict[str, Any]:
    now = clock.now()
    transports = _transports(credential["response"].get("transports"))
    return {
        "user_id": user.id,
        **verified._asdict(),
        "transports": orjson.dumps(transports).decode(),
        "rp_id": rp_id,
        "registration": orjson.dumps(_as_sent(credential, transports)).decode(),
        "created_at": now,
        "updated_at": now,
        "last_used_at": now,
    }


def _transports(sent: Any) -> list[str]:
    """Keep the transports as sent, unknown ones too (5.2.1.1), within bounds."""
    if not isinstance(sent, list):
        return []
    return [each for each in sent if isinstance(each, str) and len(each) <= _LONGEST_TRANSPORT][
        :_MOST_TRANSPORTS
    ]


def _is_small(outputs: Any) -> bool:
    """Say whether extension outputs are worth keeping: they are part of every list from now on."""
    return isinstance(outputs, dict) and len(orjson.dumps(outputs)) <= _LARGEST_OUTPUTS


def _as_sent(credential: dict[str, Any], transports: list[str]) -> dict[str, Any]:
    """Give the response as Zipline's documentation lists its members; unknown attachments are dropped (5.1)."""
    response, outputs = credential["response"], credential.get("clientExtensionResults")
    attachment = credential.get("authenticatorAttachment")
    registration = {
        "id": credential["id"],
        "type": "public-key",
        "rawId": credential["rawId"],
        "response": {
            "transports": transports,
            "clientDataJSON": response["clientDataJSON"],
            "attestationObject": response["attestationObject"],
        },
        "clientExtensionResults": outputs if _is_small(outputs) else {},
    }
    return registration | (
        {"authenticatorAttachment": attachment} if attachment in _ATTACHMENTS else {}
    )


def rename(user: UserRecord, passkey_id: str, name: str | None, *, caller: Caller) -> None:
    """Give the passkey another name, with a number when a sibling has it; without one, its authenticator's.

    Raises `InvalidInput`, `PasskeyUnknown`.
    """
    name, now = valid_name(name), clock.now()
    with database.durable():
        USER_CHANGED.run(now, user.id)
        siblings = of_user(user.id)
        passkey = _with_id(passkey_id, siblings)
        wanted = name or authenticators.passkey_name(passkey.aaguid)
        free = text.numbered(wanted, {each.name for each in siblings if each.id != passkey_id})
        Passkey.update(name=free, updated_at=now).where(
            Passkey.user == user.id, Passkey.id == passkey_id
        ).execute()
        audit.record(
            Event.PASSKEY_RENAMED, user_id=user.id, address=caller.address, detail=passkey_id
        )


def find(user: UserRecord, passkey_id: str) -> PasskeyRecord:
    """Give one of the user's passkeys. Raises `PasskeyUnknown`, the same for nobody's and for another user's."""
    return _with_id(passkey_id, of_user(user.id))


def _with_id(passkey_id: str, among: list[PasskeyRecord]) -> PasskeyRecord:
    if found := [each for each in among if each.id == passkey_id]:
        return found[0]
    raise PasskeyUnknown


def delete(user: UserRecord, passkey_id: str, *, caller: Caller) -> None:
    """Delete the passkey. Raises `PasskeyUnknown`, the same for nobody's and for another user's."""
    if not tokens.looks_like_id(passkey_id):
        raise PasskeyUnknown
    with database.durable():
        USER_CHANGED.run(clock.now(), user.id)
        if PASSKEY_DELETE.change(user.id, passkey_id) is None:
            raise PasskeyUnknown
        audit.record(
            Event.PASSKEY_DELETED, user_id=user.id, address=caller.address, detail=passkey_id
        )
