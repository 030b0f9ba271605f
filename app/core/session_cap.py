"""The most sessions that a user may have: the oldest end where there are more."""

from functools import partial
from typing import Any

from app.core.audit import logger
from app.core.context import Context
from app.storage import database
from app.storage.statements import SESSION_INSERT, SESSIONS_OLDEST_END

MOST = 100  # as many as the lists of sessions show


def insert(*, context: Context, **row: Any) -> None:
    """Store a session. If that makes too many, its user's oldest ones end."""
    [full_since] = SESSION_INSERT.change(skipped=MOST - 1, **row)
    if full_since is not None:
        _end_oldest(row["user_id"], besides=row["token_digest"], context=context)


def _end_oldest(user_id: str, *, besides: bytes, context: Context) -> None:
    ended = SESSIONS_OLDEST_END.all(user_id=user_id, token_digest=besides, kept=MOST - 1)
    if not ended:  # SQLite has counted the new one, too
        return
    about = {"user": user_id, "address": context.caller.address}
    detail = f"the oldest: {len(ended)}, with more than {MOST}"
    told = partial(logger.info, "account:session:ended", extra=about | {"detail": detail})
    database.db.after_commit(told)
