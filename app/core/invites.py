"""Invites: codes that let a stranger register, a number of times and until a day."""

import secrets
from typing import Any, NamedTuple

from app.core import audit, clock, tokens
from app.core.audit import Event
from app.core.caller import Caller
from app.errors import InviteInvalid
from app.storage import database
from app.storage.models import Invite
from app.storage.statements import columns


def create(*, max_uses: int = 1, days: int = 7) -> str:
    """Make an invite; gives its code of 128 bits, which is shown this once."""
    code = secrets.token_urlsafe(16)
    now = clock.now()
    with database.durable():
        invite_id = tokens.new_id()
        Invite.insert(
            id=invite_id,
            code_digest=tokens.digest(code),
            max_uses=max_uses,
            created_at=now,
            expires_at=now + days * clock.DAY,
        ).execute()
        audit.record(Event.INVITE_CREATED, user_id="", address="", detail=invite_id)
    return code


class InviteRecord(NamedTuple):
    """An invite; its code is known to nobody but who has it."""

    id: str
    uses: int
    max_uses: int
    created_at: int
    expires_at: int


def every() -> list[InviteRecord]:
    """List the invites, oldest first, used up and expired ones too."""
    rows: Any = (
        Invite.select(*columns(Invite, InviteRecord))
        .order_by(Invite.created_at, Invite.id)
        .tuples()
    )
    return [InviteRecord._make(row) for row in rows]


def revoke(invite_id: str, *, caller: Caller) -> None:
    """Delete the invite. Raises `InviteInvalid`."""
    with database.durable():
        if not Invite.delete().where(Invite.id == invite_id).execute():
            raise InviteInvalid("There is no invite with this id.")
        audit.record(Event.INVITE_REVOKED, user_id="", address=caller.address, detail=invite_id)


def redeem(code: str) -> None:
    """Use the invite once, in the transaction that makes the account. Raises `InviteInvalid`."""
    used = (
        Invite.update(uses=Invite.uses + 1)
        .where(
            Invite.code_digest == tokens.digest(code),
            Invite.uses < Invite.max_uses,
            Invite.expires_at > clock.now(),
        )
        .execute()
    )
    if not used:
        raise InviteInvalid
