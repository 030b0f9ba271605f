"""API tokens as they are stored: a digest to find the user by, and sealed."""

from typing import Any

from app.core import audit, tokens
from app.core.account_errors import TokenUnreadable
from app.core.audit import Event
from app.core.changes import changing
from app.core.context import Context, Service
from app.core.mfa.guards import Guard
from app.core.sealing import Place, SealBroken
from app.errors import SessionInvalid
from app.storage.models import User
from app.storage.records import UserRecord


def columns(service: Service, user_id: str, token: str | None = None) -> dict[str, Any]:
    """Return the columns of an API token, by default a new one that is not shown."""
    token = token or tokens.new_token()
    sealed = service.seal.close(token, place(user_id))
    return {"token_digest": tokens.digest(token), "token_sealed": sealed}


def place(user_id: str) -> Place:
    """Return the place that a user's sealed API token is bound to."""
    return Place.of(User.token_sealed, user_id)


def read(user: UserRecord, *, service: Service) -> str:
    """Return the user's API token.

    Raises `TokenUnreadable` if it was sealed with another secret key, for another
    user, or altered.
    """
    sealed = User.select(User.token_sealed).where(User.id == user.id).scalar()
    if sealed is None:
        raise SessionInvalid(cause="the account was deleted meanwhile")
    try:
        return service.seal.open(bytes(sealed), place(user.id))
    except SealBroken as error:
        raise TokenUnreadable(cause=str(error)) from error


def shown(user: UserRecord, *, context: Context) -> str:
    """Return the API token, and log that it was read. Raises `TokenUnreadable`."""
    token = read(user, service=context.service)
    about = {"user": user.id, "address": context.caller.address}
    audit.logger.info("account:token:read", extra=about)
    return token


def replace(user: UserRecord, *, context: Context) -> tuple[UserRecord, str]:
    """Replace the user's API token; the old one is revoked.

    Either factor's recent proof is enough. Returns the user as changed, and the new
    token. Raises what `changing` raises.
    """
    token = tokens.new_token()
    values = columns(context.service, user.id, token)
    with changing(user, context=context, alone=True, guard=Guard.EITHER) as changed:
        User.update(**values).where(User.id == user.id).execute()
        audit.record(Event.TOKEN_CHANGED, user_id=user.id, context=context)
    return changed, token
