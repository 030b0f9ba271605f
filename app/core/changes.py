"""Changes that users make to their own accounts."""

import contextlib
from collections.abc import Iterator

from app.core import clock
from app.core.context import Caller, Context
from app.core.mfa import guards, proofs
from app.core.mfa.guards import Guard
from app.core.mfa.proofs import Proved
from app.errors import SessionInvalid
from app.storage import database
from app.storage.records import UserRecord
from app.storage.statements import SESSION_LIVES, USER_ALONE, USER_CHANGED


@contextlib.contextmanager
def changing(
    user: UserRecord,
    *,
    context: Context,
    alone: bool = False,
    guard: Guard = Guard.NONE,
) -> Iterator[UserRecord]:
    """Run the transaction of a change, which dates the user; yields the user as stored.

    The user's row is locked first, so that changes of one user wait for each other:
    what ends sessions or disables the account comes first and refuses this change, or
    waits for it. `alone` is for changes of a unique column: they make sign-ins wait as
    well, and have to do so from the start, or the two could deadlock. `guard` says
    which proof has to be recent.

    Raises `SessionInvalid` if the account is gone, or the session or API token that
    identified the caller is not in force any more, and what the guard raises.
    """
    with database.durable():
        if alone:
            USER_ALONE.one(id=user.id)
        row = USER_CHANGED.change(now=clock.now(), id=user.id)
        if row is None:
            raise SessionInvalid(cause="the account was deleted meanwhile")
        *columns, token_digest, disabled_at = row
        changed = UserRecord._make(columns)
        proved = _check_caller(
            context.caller, changed, bytes(token_digest), disabled=bool(disabled_at)
        )
        guards.check(guard, user.id, proved, context=context)
        yield changed


def _check_caller(
    caller: Caller, user: UserRecord, token_digest: bytes, *, disabled: bool
) -> Proved | None:
    """Return what the caller's session has proved, or None if it has none.

    A command is identified by nothing, and may change a disabled account as well.
    Raises `SessionInvalid` unless what identified the caller is still in force.
    """
    if disabled and (caller.session_id or caller.api_token):
        raise SessionInvalid(cause="the account was disabled meanwhile")
    if caller.api_token and caller.api_token != token_digest:
        raise SessionInvalid(cause="the API token was replaced meanwhile")
    if not caller.session_id:
        return None
    row = SESSION_LIVES.one(user_id=user.id, id=caller.session_id, now=clock.now())
    if row is None:
        raise SessionInvalid(cause="the session ended meanwhile")
    return proofs.of_row(*row)
