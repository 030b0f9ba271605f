"""Unfinished passkeys, for clients that refer to one before its credential exists."""

from typing import Any

import orjson

from app.core import clock, passkeys, registration, tokens
from app.core.changes import changing
from app.core.context import Context
from app.core.outcomes import reported
from app.core.passkeys import PasskeyUnknown
from app.core.registration import Added
from app.core.webauthn import challenges, relying_party
from app.core.webauthn.errors import ChallengeUnknown
from app.storage.models import Enrolment
from app.storage.records import EnrolmentRecord, PasskeyRecord, UserRecord

MOST = 10  # per user; the oldest are deleted


class EnrolmentExpired(ChallengeUnknown):
    code = "enrolment_expired"
    sentence = "The time for adding this passkey has run out. Start again."


def status(enrolment: EnrolmentRecord) -> str:
    """Return unverified, expired, or failed: an attempt was made."""
    if enrolment.expires_at <= clock.now():
        return "expired"
    return "failed" if enrolment.attempts else "unverified"


def begin(user: UserRecord, *, context: Context) -> EnrolmentRecord:
    """Start an enrolment. The proof has to be recent.

    Raises `PasskeysDisabled`, `TooManyPasskeys`, and what `changing` raises.
    """
    settings = context.settings
    options = registration.begin(user, guarded=True, context=context)
    now = clock.now()
    record = EnrolmentRecord(
        id=tokens.new_id(),
        name=None,
        options=orjson.dumps(options).decode(),
        challenge_digest=tokens.digest(options["challenge"]),
        attempts=0,
        created_at=now,
        updated_at=now,
        expires_at=now + settings.challenge_ttl * clock.SECOND,
    )
    with changing(user, context=context):
        Enrolment.insert(user=user.id, **record._asdict()).execute()
        _keep_newest(user, besides=record.id)
    return record


def _keep_newest(user: UserRecord, *, besides: str) -> None:
    others = Enrolment.select(Enrolment.id).where(
        Enrolment.user == user.id, Enrolment.id != besides
    )
    newest = others.order_by(Enrolment.created_at.desc(), Enrolment.id.desc()).limit(MOST - 1)
    surplus = Enrolment.user == user.id, Enrolment.id != besides, Enrolment.id.not_in(newest)
    query: Any = Enrolment.delete().where(*surplus).returning(Enrolment.challenge_digest)
    challenges.withdraw([bytes(row.challenge_digest) for row in query.execute()])


def rename(user: UserRecord, enrolment_id: str, name: str | None, *, context: Context) -> None:
    """Set the name; with None, the authenticator decides it.

    Raises `InvalidInput`, `PasskeyUnknown`, and what `changing` raises.
    """
    enrolment = passkeys.unfinished(user, enrolment_id)
    values = {"name": passkeys.valid_name(name), "updated_at": clock.now()}
    with changing(user, context=context):
        if not Enrolment.update(**values).where(Enrolment.id == enrolment.id).execute():
            raise PasskeyUnknown


def delete(user: UserRecord, enrolment_id: str, *, context: Context) -> None:
    """Delete the enrolment and its challenge.

    Raises `PasskeyUnknown`, and what `changing` raises.
    """
    enrolment = passkeys.unfinished(user, enrolment_id)
    with changing(user, context=context):
        challenges.withdraw([bytes(enrolment.challenge_digest)])
        if not Enrolment.delete().where(Enrolment.id == enrolment.id).execute():
            raise PasskeyUnknown


def finish(user: UserRecord, enrolment_id: str, credential: Any, *, context: Context) -> Added:
    """Finish the passkey with the response to its own options.

    Raises `PasskeyUnknown`, `EnrolmentExpired`, and what `registration.finish_read`
    raises.
    """
    found = passkeys.any_of(user, enrolment_id)
    if isinstance(found, PasskeyRecord):
        raise ChallengeUnknown(cause="the passkey is finished already")
    counted = Enrolment.update(attempts=Enrolment.attempts + 1)
    counted.where(Enrolment.id == found.id).execute()
    if found.expires_at <= clock.now():
        raise EnrolmentExpired
    response = relying_party.read_registration(credential)
    if tokens.digest(response.challenge) != bytes(found.challenge_digest):
        raise ChallengeUnknown(cause="the response is to other options than this passkey's")
    with reported(challenges.REGISTRATION, context):
        passkeys.require_enabled(context.settings)
        return registration.finish_read(
            user, response, found.name, context=context, enrolment_id=found.id
        )


def expired(now: int) -> tuple[Any, Any]:
    """Return the table and the condition of what to delete.

    An expired enrolment stays for a day, so that its client can see what became of it.
    """
    return Enrolment, Enrolment.expires_at <= now - clock.DAY
