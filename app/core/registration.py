"""Adding a passkey: the registration ceremony, from its options to the stored row."""

from typing import Any, NamedTuple

import orjson
from peewee import IntegrityError

from app.core import audit, clock, passkeys, text, tokens
from app.core.audit import Event, logger
from app.core.changes import changing
from app.core.context import Context
from app.core.outcomes import reported
from app.core.passkeys import PasskeyUnknown, TooManyPasskeys
from app.core.webauthn import authenticators, challenges, options, relying_party, stored_response
from app.core.webauthn.client_data import Response
from app.core.webauthn.encoding import base64url
from app.core.webauthn.errors import CredentialTaken
from app.core.webauthn.results import NewCredential
from app.settings import Settings
from app.storage import database
from app.storage.models import Enrolment
from app.storage.records import PasskeyRecord, UserRecord
from app.storage.statements import PASSKEY_INSERT

_UNSTORED = {"attestation_object", "oddity"}  # of a verified credential: no columns


class Added(NamedTuple):
    """The user as changed, and the new passkey."""

    user: UserRecord
    passkey: PasskeyRecord


def begin(user: UserRecord, *, settings: Settings) -> dict[str, Any]:
    """Start a registration, and return PublicKeyCredentialCreationOptionsJSON.

    Raises `PasskeysDisabled`, `TooManyPasskeys`.
    """
    passkeys.require_enabled(settings)
    existing = passkeys.of_user(user.id)
    if len(existing) >= settings.max_passkeys_per_user:
        raise TooManyPasskeys
    challenge = challenges.issue(challenges.REGISTRATION, settings, user_id=user.id)
    descriptors = [_descriptor(each) for each in existing]
    return options.creation_options(user, challenge, descriptors, settings=settings)


def _descriptor(passkey: PasskeyRecord) -> dict[str, Any]:
    descriptor = {"id": base64url(passkey.credential_id), "type": "public-key"}
    transports = orjson.loads(passkey.transports)
    return descriptor | {"transports": transports} if transports else descriptor


def finish(user: UserRecord, credential: Any, name: str | None, *, context: Context) -> Added:
    """Verify the response and store the passkey.

    A response that can be read consumes its challenge, whatever comes of it; a refused
    name leaves it. Without a name, the passkey gets that of its authenticator. Raises
    `InvalidInput` (name), and what `finish_read` raises.
    """
    with reported(challenges.REGISTRATION, context):
        passkeys.require_enabled(context.settings)
        name = passkeys.valid_name(name)
        response = relying_party.read_registration(credential)
        return finish_read(user, response, name, context=context)


def finish_read(
    user: UserRecord,
    response: Response,
    name: str | None,
    *,
    context: Context,
    enrolment_id: str | None = None,
) -> Added:
    """Verify a response that was read, store the passkey, and end its enrolment.

    Raises `ChallengeUnknown`, `RegistrationRefused` and its children,
    `TooManyPasskeys`, `PasskeyUnknown` (the enrolment has been deleted meanwhile), and
    what `changing` raises.
    """
    settings = context.settings
    challenge = challenges.consume(
        response.challenge, challenges.REGISTRATION, rp_id=settings.rp_id, user_id=user.id
    )
    verified = relying_party.verify_registration(response, challenge, settings=settings)
    row = _row(user, verified, response, rp_id=challenge.rp_id)
    row["name"] = name or authenticators.passkey_name(verified.aaguid)
    row["id"] = enrolment_id or tokens.new_id()
    try:
        with changing(user, context=context) as changed:
            _store(row, enrolment_id, context=context)
    except IntegrityError as error:
        if database.owner_is_gone(error):
            raise
        # Step 27: the id must be new; the constraint decides between two at once.
        raise CredentialTaken(cause=str(error)) from error
    _warn(row, verified.oddity, context=context)
    return Added(changed, PasskeyRecord._make(row[name] for name in PasskeyRecord._fields))


def _store(row: dict[str, Any], enrolment_id: str | None, *, context: Context) -> None:
    ended = Enrolment.delete().where(Enrolment.id == enrolment_id)
    if enrolment_id and not ended.execute():
        raise PasskeyUnknown
    siblings = passkeys.of_user(row["user_id"])
    if len(siblings) >= context.settings.max_passkeys_per_user:
        raise TooManyPasskeys
    row["name"] = text.numbered(row["name"], {each.name for each in siblings})
    PASSKEY_INSERT.run(**row)
    audit.record(Event.PASSKEY_ADDED, user_id=row["user_id"], detail=row["id"], context=context)


def _warn(row: dict[str, Any], oddity: str, *, context: Context) -> None:
    """Log what is odd about a passkey that was stored."""
    about = {"user": row["user_id"], "address": context.caller.address, "detail": row["id"]}
    if row["discoverable"] is False:
        logger.warning("account:passkey:not_discoverable", extra=about)
    if oddity:
        logger.warning("account:passkey:odd_certificate", extra=about | {"cause": oddity})


def _row(
    user: UserRecord, verified: NewCredential, response: Response, *, rp_id: str
) -> dict[str, Any]:
    now = clock.now()
    transports = stored_response.transports(response)
    stored = {name: value for name, value in verified._asdict().items() if name not in _UNSTORED}
    return {
        "user_id": user.id,
        **stored,
        "transports": orjson.dumps(transports).decode(),
        "rp_id": rp_id,
        "registration": stored_response.registration(verified, response),
        "discoverable": stored_response.discoverable(response),
        "created_at": now,
        "updated_at": now,
        "last_used_at": now,
    }
