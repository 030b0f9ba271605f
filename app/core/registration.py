"""Adding a passkey: the registration ceremony, from its options to the stored row."""

from dataclasses import replace
from typing import Any, NamedTuple

import orjson
from peewee import IntegrityError

from app.core import audit, clock, passkeys, session_renewal, text, tokens
from app.core.audit import Event, logger
from app.core.changes import changing
from app.core.context import Context
from app.core.mfa import factors, guards, recovery
from app.core.mfa.guards import Guard
from app.core.mfa.proofs import Proved
from app.core.outcomes import reported
from app.core.passkeys import PasskeyUnknown, TooManyPasskeys
from app.core.webauthn import authenticators, challenges, options, relying_party, stored_response
from app.core.webauthn.client_data import Response
from app.core.webauthn.errors import CredentialTaken
from app.core.webauthn.results import NewCredential
from app.storage import database
from app.storage.models import Enrolment
from app.storage.records import PasskeyRecord, UserRecord
from app.storage.statements import PASSKEY_INSERT

_UNSTORED = {"attestation_object", "oddity"}  # of a verified credential: no columns


class Added(NamedTuple):
    """The user as changed, the new passkey, and the session's new token, if any."""

    user: UserRecord
    passkey: PasskeyRecord
    token: str | None


def begin(user: UserRecord, *, guarded: bool, context: Context) -> dict[str, Any]:
    """Start a registration, and return PublicKeyCredentialCreationOptionsJSON.

    It is bound to the caller's session. With `guarded` the proof has to be recent now;
    else it suffices at the end. Raises `PasskeysDisabled`, `TooManyPasskeys`, and what
    guards.check() raises.
    """
    settings = context.settings
    passkeys.require_enabled(settings)
    if recovery.is_recovering(context=context) or not factors.of_user(user.id, settings).password:
        # Without a password, and after a loss, the passkey has to be two factors.
        settings = replace(settings, user_verification="required")
    existing = passkeys.of_user(user.id)
    if len(existing) >= settings.max_passkeys_per_user:
        raise TooManyPasskeys
    challenge = challenges.issue(
        challenges.REGISTRATION,
        settings,
        user_id=user.id,
        browser=context.caller.session_id or None,
        proved=guards.is_recent(Guard.ENROLS, user.id, guarded=guarded, context=context),
    )
    descriptors = [passkeys.descriptor(each) for each in existing]
    return options.creation_options(user, challenge, descriptors, settings=settings)


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
        response.challenge, challenges.REGISTRATION, user_id=user.id, **_bound(context)
    )
    verified = relying_party.verify_registration(response, challenge, settings=settings)
    row = _row(user, verified, response, rp_id=challenge.rp_id) | {
        "name": name or authenticators.passkey_name(verified.aaguid),
        "id": enrolment_id or tokens.new_id(),
    }
    # The proof was recent as the ceremony began, or it has to be now.
    guard = Guard.BEGUN if challenge.proved and context.caller.session else Guard.ENROLS
    alone = recovery.is_recovering(context=context)
    try:
        with changing(user, context=context, guard=guard, alone=alone) as changed:
            _store(row, enrolment_id, context=context)
            recovery.settle(context=context)
            token = _used(verified, context=context)
    except IntegrityError as error:
        if database.owner_is_gone(error):
            raise
        # Step 27: the id must be new; the constraint decides between two at once.
        raise CredentialTaken(cause=str(error)) from error
    _warn(row, verified.oddity, context=context)
    return Added(changed, PasskeyRecord._make(row[name] for name in PasskeyRecord._fields), token)


def _used(new: NewCredential, *, context: Context) -> str | None:
    """Count the passkey as proved in the session; return its new token, if any."""
    key = "swk" if new.backup_eligible else "hwk"

    def prove(proved: Proved) -> Proved:
        return proved.with_passkey(clock.now(), key=key, user_verified=new.user_verified)

    return session_renewal.complete(prove, context=context)


def _bound(context: Context) -> dict[str, Any]:
    """Return what the challenge must have been issued for: session and RP id."""
    return {"browser": context.caller.session_id or None, "rp_id": context.settings.rp_id}


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
