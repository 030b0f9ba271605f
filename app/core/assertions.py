"""Passkeys that are shown: the ceremony of somebody, verified, and its use stored."""

from typing import Any, NamedTuple

from app.core import audit, clock, passkeys
from app.core.audit import Event
from app.core.context import Context
from app.core.mfa.proofs import Proved
from app.core.outcomes import reported
from app.core.webauthn import challenges, options, relying_party
from app.core.webauthn.errors import (
    CounterWentBack,
    CredentialMissing,
    CredentialUnknown,
    CredentialUnusable,
    SignInRefused,
)
from app.core.webauthn.results import Assertion
from app.settings import Settings
from app.storage import database
from app.storage.records import PasskeyRecord, UserRecord
from app.storage.statements import PASSKEY_AND_USER, PASSKEY_USED

_PASSKEY_COLUMNS = len(PasskeyRecord._fields)


class Shown(NamedTuple):
    """A passkey that was shown and verified, and its user."""

    passkey: PasskeyRecord
    user: UserRecord
    assertion: Assertion

    def added_to(self, proved: Proved, now: int) -> Proved:
        """Return what is proved with it. A synced key counts as software (RFC 8176)."""
        key = "swk" if self.passkey.backup_eligible else "hwk"
        return proved.with_passkey(now, key=key, user_verified=self.assertion.user_verified)


def begin_for(user_id: str, ceremony: str, binding: str, *, settings: Settings) -> dict[str, Any]:
    """Start a ceremony of somebody who is known; return its request options.

    It is bound to the user and to `binding`. Raises `PasskeysDisabled`.
    """
    passkeys.require_enabled(settings)
    challenge = challenges.issue(ceremony, settings, user_id=user_id, browser=binding)
    usable = [each for each in passkeys.of_user(user_id) if passkeys.is_usable(each, settings)]
    return options.request_options(
        challenge, [passkeys.descriptor(each) for each in usable], settings=settings
    )


def shown_by(
    user: UserRecord, credential: Any, ceremony: str, binding: str, *, context: Context
) -> Shown:
    """Return the user's passkey that was shown in a ceremony of begin_for(), as used.

    Raises what `finish` raises.
    """
    with reported(ceremony, context):
        passkeys.require_enabled(context.settings)
        shown = read(
            credential, ceremony, binding, {}, named=user.username, user_id=user.id, context=context
        )
        if shown.user.id != user.id:  # two accounts may have names that are read alike
            raise SignInRefused(cause="the passkey is of another account")
        if use(shown.passkey, shown.assertion) and not shown.passkey.backup_eligible:
            record_went_back(shown, context=context)
            raise CounterWentBack(cause=f"count {shown.assertion.sign_count}")
        return shown


def read(
    credential: Any,
    ceremony: str,
    browser: str,
    about: dict[str, str],
    *,
    named: str | None,
    user_id: str | None = None,
    context: Context,
) -> Shown:
    """Consume the challenge, find the passkey, and verify what it signed.

    `about` is told the user, for the log.
    """
    if not credential:
        raise CredentialMissing
    settings = context.settings
    response = relying_party.read_authentication(credential)
    challenge = challenges.consume(
        response.challenge, ceremony, rp_id=settings.rp_id, user_id=user_id, browser=browser
    )
    passkey, user = _find(relying_party.credential_id(response))
    about["user"] = user.id
    if passkey.rp_id != challenge.rp_id:
        raise CredentialUnusable(cause=f"the passkey was made for {passkey.rp_id}")
    assertion = relying_party.verify_authentication(
        response, challenge, passkey, user, named=named, settings=settings
    )
    return Shown(passkey, user, assertion)


def _find(credential_id: bytes) -> tuple[PasskeyRecord, UserRecord]:
    """Find the credential record and its user by the credential's id (7.2 step 6).

    Pages have devices forget what is unknown, so that nothing else is called that.
    """
    row = PASSKEY_AND_USER.one(credential_id=credential_id)
    if row is None:
        raise CredentialUnknown(cause="no passkey has this credential id")
    passkey = PasskeyRecord._make(row[:_PASSKEY_COLUMNS])
    return passkey, UserRecord._make(row[_PASSKEY_COLUMNS:])


def use(passkey: PasskeyRecord, assertion: Assertion) -> bool:
    """Store the counter and the use, and return whether the counter went back.

    If it did, a single-device passkey is left unchanged. This is 7.2 steps 23 and 25,
    judged by the count stored at the moment of writing, not by the one read before.
    """
    now, count, stored = clock.now(), assertion.sign_count, passkey.sign_count
    while True:
        went_back = bool(count or stored) and count <= stored
        if went_back and not passkey.backup_eligible:
            return True
        if PASSKEY_USED.change(
            sign_count=max(count, stored),
            backed_up=assertion.backed_up,
            now=now,
            user_id=passkey.user_id,
            id=passkey.id,
            old_sign_count=stored,
        ):
            return went_back
        row = PASSKEY_AND_USER.one(credential_id=passkey.credential_id)
        if row is None:
            raise CredentialUnknown(cause="the passkey was deleted meanwhile")
        stored = PasskeyRecord._make(row[:_PASSKEY_COLUMNS]).sign_count  # another was faster


def record_went_back(shown: Shown, *, context: Context) -> None:
    """Store that the passkey's counter went back, which suggests a copy of it."""
    about = {"user_id": shown.user.id, "detail": shown.passkey.id}
    with database.durable():
        audit.record(Event.COUNTER_WENT_BACK, **about, context=context)
