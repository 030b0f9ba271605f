"""Passkeys that are begun and not finished, for clients that know a passkey by its id before its credential exists."""

from typing import Any, NamedTuple

import orjson

from app.core import clock, passkeys, tokens
from app.core.caller import Caller
from app.core.webauthn import challenges, relying_party
from app.errors import ChallengeUnknown, EnrolmentExpired, PasskeyUnknown
from app.settings import Settings
from app.storage import database
from app.storage.models import Enrolment
from app.storage.records import PasskeyRecord, UserRecord
from app.storage.statements import columns

MOST = 10  # a user's; the oldest go


class EnrolmentRecord(NamedTuple):
    """An unfinished passkey; `options` is the JSON text of PublicKeyCredentialCreationOptionsJSON."""

    id: str
    name: str | None
    options: str
    challenge_digest: bytes
    attempts: int
    created_at: int
    updated_at: int
    expires_at: int


def status(enrolment: EnrolmentRecord) -> str:
    """Say how far it is: unverified, expired, or failed (an attempt has burnt its challenge, or missed it)."""
    if enrolment.expires_at <= clock.now():
        return "expired"
    return "failed" if enrolment.attempts else "unverified"


def begin(user: UserRecord, *, settings: Settings) -> EnrolmentRecord:
    """Begin a passkey. Raises `PasskeysDisabled`, `TooManyPasskeys`."""
    options, now = passkeys.begin_registration(user, settings=settings), clock.now()
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
    with database.transient():
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


def find(user: UserRecord, enrolment_id: str) -> EnrolmentRecord:
    """Give one of the user's unfinished passkeys, expired ones too. Raises `PasskeyUnknown`."""
    if not tokens.looks_like_id(enrolment_id):
        raise PasskeyUnknown
    query = Enrolment.select(*columns(Enrolment, EnrolmentRecord)).where(
        Enrolment.id == enrolment_id, Enrolment.user == user.id
    )
    row: Any = query.tuples().first()
    if row is None:
        raise PasskeyUnknown
    return EnrolmentRecord._make(row)


def rename(user: UserRecord, enrolment_id: str, name: str | None) -> None:
    """Name it, or with None leave the name to its authenticator. Raises `InvalidInput`, `PasskeyUnknown`."""
    enrolment = find(user, enrolment_id)
    values = {
        "name": name if name is None else passkeys.valid_name(name),
        "updated_at": clock.now(),
    }
    if not Enrolment.update(**values).where(Enrolment.id == enrolment.id).execute():
        raise PasskeyUnknown


def delete(user: UserRecord, enrolment_id: str) -> None:
    """Give it up, its challenge too. Raises `PasskeyUnknown`."""
    enrolment = find(user, enrolment_id)
    with database.transient():
        challenges.withdraw([bytes(enrolment.challenge_digest)])
        if not Enrolment.delete().where(Enrolment.id == enrolment.id).execute():
            raise PasskeyUnknown


def finish(
    user: UserRecord, enrolment_id: str, credential: Any, *, caller: Caller, settings: Settings
) -> PasskeyRecord:
    """Make it a passkey by the response to its own options.

    Raises `PasskeyUnknown`, `EnrolmentExpired`, and what `passkeys.finish_registration` raises.
    """
    try:
        enrolment = find(user, enrolment_id)
    except PasskeyUnknown:
        passkeys.find(user, enrolment_id)
        raise ChallengeUnknown(cause="the passkey is finished already") from None
    Enrolment.update(attempts=Enrolment.attempts + 1).where(Enrolment.id == enrolment.id).execute()
    if enrolment.expires_at <= clock.now():
        raise EnrolmentExpired
    response = relying_party.read_registration(credential)
    if tokens.digest(response.challenge) != bytes(enrolment.challenge_digest):
        raise ChallengeUnknown(cause="the response is to other options than this passkey's")
    return passkeys.finish_registration(
        user,
        credential,
        enrolment.name,
        caller=caller,
        settings=settings,
        enrolment_id=enrolment.id,
    )
