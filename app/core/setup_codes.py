"""Set-up codes, which the server's log has: only who can read it is the first here.

Otherwise the first stranger to find a new service would be its administrator.
"""

import secrets

from app.core import clock, tokens
from app.core.account_errors import WHERE, SetupCodeNeeded
from app.settings import Settings
from app.storage import database
from app.storage.models import SetupCode


def issue() -> str:
    """Return a new code of 128 bits; earlier ones stay good until one is used."""
    code = secrets.token_urlsafe(16)
    with database.durable():
        SetupCode.insert(digest=tokens.digest(code), created_at=clock.now()).execute()
    return code


def needed(settings: Settings) -> bool:
    """Return whether the first account needs a code."""
    return not settings.is_local


def check(code: str | None, settings: Settings) -> None:
    """Raise `SetupCodeNeeded` if one is needed, unless `code` is one."""
    good = SetupCode.select().where(SetupCode.digest == tokens.digest(code or ""))
    if needed(settings) and not good.exists():
        wrong = f"This set-up code is wrong. {WHERE}" if code else None
        raise SetupCodeNeeded(wrong)


def forget() -> None:
    """Delete all codes, in the transaction that creates the first account."""
    SetupCode.delete().execute()
