"""The most sessions that a user may have: the oldest end where there are more."""

from functools import partial
from typing import Any

from app.core.audit import logger
from app.core.context import Context
from app.storage import database
from app.storage.models import Session
from app.storage.statements import SESSION_INSERT

MOST = 100  # as many as the lists of sessions show


def insert(*, context: Context, **row: Any) -> None:
    """Store a session. If that makes too many, its user's oldest ones end."""
    [full_since] = SESSION_INSERT.change(skipped=MOST - 1, **row)
    if full_since is not None:
        _end_oldest(row["user_id"], besides=row["token_digest"], context=context)


def _end_oldest(user_id: str, *, besides: bytes, context: Context) -> None:
    others = Session.select(Session.token_digest).where(
        Session.user == user_id, Session.token_digest != besides
    )
    newest = others.order_by(Session.created_at.desc()).limit(MOST - 1)
    # What somebody else is about to end is skipped, so that the two cannot deadlock.
    surplus = database.unlocked(others.where(Session.token_digest.not_in(newest)))
    count = Session.delete().where(Session.token_digest << surplus).execute()
    if not count:  # SQLite has counted the new one, too
        return
    about = {"user": user_id, "address": context.caller.address}
    detail = f"the oldest: {count}, with more than {MOST}"
    told = partial(logger.info, "account:session:ended", extra=about | {"detail": detail})
    database.db.after_commit(told)
