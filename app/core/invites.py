"""Invites: codes to register with, a number of times and until they expire."""

import secrets
from typing import Any

from app.core import audit, clock, tokens
from app.core.account_errors import InviteInvalid
from app.core.audit import Event
from app.core.context import Context
from app.storage import database
from app.storage.models import Invite
from app.storage.records import InviteRecord
from app.storage.statement import columns


def create(*, max_uses: int = 1, days: int = 7, context: Context) -> str:
    """Create an invite and return its code of 128 bits; only a digest is stored."""
    code, invite_id = secrets.token_urlsafe(16), tokens.new_id()
    now = clock.now()
    with database.durable():
        Invite.insert(
            id=invite_id,
            code_digest=tokens.digest(code),
            max_uses=max_uses,
            created_at=now,
            expires_at=now + days * clock.DAY,
        ).execute()
        audit.record(Event.INVITE_CREATED, detail=invite_id, context=context)
    return code


def every() -> list[InviteRecord]:
    """Return all invites, oldest first, including used up and expired ones."""
    query = Invite.select(*columns(Invite, InviteRecord))
    rows: Any = query.order_by(Invite.created_at, Invite.id).tuples()
    return [InviteRecord._make(row) for row in rows]


def revoke(invite_id: str, *, context: Context) -> None:
    """Delete the invite. Raises `InviteInvalid`."""
    with database.durable():
        if not Invite.delete().where(Invite.id == invite_id).execute():
            raise InviteInvalid("There is no invite with this id.")
        audit.record(Event.INVITE_REVOKED, detail=invite_id, context=context)


def redeem(code: str) -> None:
    """Use the invite once, in the transaction that creates the account.

    Raises `InviteInvalid`.
    """
    good = (
        Invite.code_digest == tokens.digest(code),
        Invite.uses < Invite.max_uses,
        Invite.expires_at > clock.now(),
    )
    if not Invite.update(uses=Invite.uses + 1).where(*good).execute():
        raise InviteInvalid
