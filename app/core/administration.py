"""Administration of accounts: create, list, change, disable, enable and delete."""

from typing import Any, NamedTuple

from peewee import SQL, fn

from app.core import accounts, api_tokens, audit, clock, devices, profile, session_ends, text
from app.core.account_errors import AccountUnknown, LastAdministrator
from app.core.accounts import ORDINARY, SUPERADMIN, Newcomer
from app.core.audit import Event
from app.core.context import Context
from app.core.mfa import recovery, removals, totp
from app.storage import database
from app.storage.models import Passkey, Session, Totp, User
from app.storage.records import UserRecord
from app.storage.statements import USER_COLUMNS

_COUNT = fn.COUNT(SQL("*"))
ROLES = (ORDINARY, "ADMIN", SUPERADMIN)
_ROLES_LOCK = "administrators"  # held while checking that an administrator remains


class Account(NamedTuple):
    """An account as an administrator sees it."""

    id: str
    username: str
    role: str
    has_password: bool
    passkeys: int
    sessions: int
    created_at: int
    last_seen_at: int | None
    disabled_at: int | None


def every(*, search: str = "", most: int = 1000) -> list[Account]:
    """Return the accounts whose name contains `search`, oldest first."""
    now = clock.now()
    live = Session.select().where(Session.user == User.id, Session.expires_at > now)
    query = User.select(
        User.id,
        User.username,
        User.role,
        # The aliases matter: peewee takes a nameless column's type from the last name
        # in its text.
        User.password_hash.is_null(False).alias("has_password"),
        Passkey.select(_COUNT).where(Passkey.user == User.id).alias("passkeys"),
        live.select(_COUNT).alias("sessions"),
        User.created_at,
        live.select(fn.MAX(Session.last_seen_at)).alias("last_seen_at"),
        User.disabled_at,
    ).order_by(User.created_at, User.id)
    if part := text.username_key(search):
        query = query.where(User.username_key.contains(part))
    rows: Any = query.limit(most).tuples()
    return [Account._make(row)._replace(has_password=bool(row[3])) for row in rows]


def find(name: str) -> UserRecord:
    """Return the account with this username or id. Raises `AccountUnknown`."""
    keys = text.username_keys(name)
    if "\0" in name:
        raise AccountUnknown
    query: Any = (
        User.select(*USER_COLUMNS, User.username_key)
        .where((User.username_key << keys) | (User.id == name))
        .tuples()
    )
    found = {key: UserRecord._make(columns) for *columns, key in query}
    # A username takes precedence over an id.
    ranked = [*(found[key] for key in keys if key in found), *found.values()]
    if not ranked:
        raise AccountUnknown(f"There is no account {name!r}.")
    return ranked[0]


def create(newcomer: Newcomer, role: str, *, context: Context) -> UserRecord:
    """Create an account regardless of REGISTRATION; the first is always a SUPERADMIN.

    Raises `InvalidInput`, `UsernameTaken`.
    """
    row = accounts.new_row(newcomer, context.service)
    with accounts.decided_who_is_first() as first:
        return accounts.insert(row, SUPERADMIN if first else role, context=context)


def set_password(user: UserRecord, password: str, *, context: Context) -> None:
    """Change the password and API token, end the sessions, and forget the devices.

    Raises `InvalidInput`.
    """
    profile.check_password(password, username=user.username, settings=context.settings)
    hashed = context.service.passwords.hash(password)
    with database.durable():
        token = api_tokens.columns(context.service, user.id)
        _update(user, password_hash=hashed, **token)
        recovery.end_all_else(user.id, current=None)
        devices.forget_others(user.id, context=context)
        audit.record(Event.PASSWORD_CHANGED, user_id=user.id, context=context)
    totp.forget_wrong_codes(user.id)


def set_role(user: UserRecord, role: str, *, context: Context) -> None:
    """Change the account's role. Raises `LastAdministrator`."""
    with database.durable():
        if role != SUPERADMIN:
            _check_that_another_remains(user)
        _update(user, role=role)
        audit.record(Event.ROLE_CHANGED, user_id=user.id, detail=role, context=context)


def disable(user: UserRecord, *, context: Context) -> None:
    """End the account's sessions, and refuse its sign-ins.

    To who has none of its passkeys, it is as if it did not exist.

    Raises `LastAdministrator`.
    """
    with database.durable():
        _check_that_another_remains(user)
        _update(user, disabled_at=clock.now())
        recovery.end_all_else(user.id, current=None)
        audit.record(Event.ACCOUNT_DISABLED, user_id=user.id, context=context)


def enable(user: UserRecord, *, context: Context) -> None:
    """Let a disabled account sign in again."""
    with database.durable():
        _update(user, disabled_at=None)
        session_ends.end_others(user.id, current=None)  # one may have started during disable()
        audit.record(Event.ACCOUNT_ENABLED, user_id=user.id, context=context)


def delete(user: UserRecord, *, context: Context) -> None:
    """Delete the account with its passkeys and sessions; its audit events stay.

    Raises `LastAdministrator`.
    """
    with database.durable():
        _check_that_another_remains(user)
        User.delete().where(User.id == user.id).execute()
        audit.record(Event.ACCOUNT_DELETED, user_id=user.id, detail=user.username, context=context)


def reset_mfa(user: UserRecord, *, context: Context) -> str | None:
    """Remove passkeys, authenticator app and recovery codes, and end all sessions.

    The API token is replaced. Returns the token of a one-time link where the account
    has no password, else None, as for a disabled account. Raises `AccountUnknown`.
    """
    with database.durable():
        token = api_tokens.columns(context.service, user.id)
        _update(user, mfa_disabled_at=clock.now(), **token)
        for table in (Passkey, Totp):
            table.delete().where(table.user == user.id).execute()
        removals.forget_substitutes(user.id)
        recovery.end_all_else(user.id, current=None)
        audit.record(Event.MFA_RESET, user_id=user.id, context=context)
        stuck = User.password_hash.is_null() & User.disabled_at.is_null()
        needs_link = User.select().where(User.id == user.id, stuck).exists()
        link = recovery.new_link(user.id, context=context) if needs_link else None
    totp.forget_wrong_codes(user.id)
    return link


def end_sessions(user: UserRecord, *, context: Context) -> None:
    """End all sessions of the account. Raises `AccountUnknown` if it is gone."""
    with database.durable():
        _update(user)  # locks the user's row before those of the sessions
        session_ends.end_others(user.id, current=None)
        audit.record(Event.SESSION_ENDED, user_id=user.id, detail="all", context=context)


def _update(user: UserRecord, **values: Any) -> None:
    if not User.update(updated_at=clock.now(), **values).where(User.id == user.id).execute():
        raise AccountUnknown


def _check_that_another_remains(user: UserRecord) -> None:
    """Raise `LastAdministrator` if no other enabled account is a SUPERADMIN.

    The lock is held until the transaction ends.
    """
    database.lock(_ROLES_LOCK)
    enabled = (User.role == SUPERADMIN) & User.disabled_at.is_null()
    remaining = {row.id for row in User.select(User.id).where(enabled).limit(2)}
    if remaining == {user.id}:
        raise LastAdministrator
