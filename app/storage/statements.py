"""The hot queries: made once by peewee from the models, then replayed as text.

Building a query costs peewee 100 to 250 us, running it about 10. Only what every request or every sign-in needs is
here; all else is plain peewee. Each takes its values in the order in which its question marks stand.
"""

from collections.abc import Callable
from typing import Any

from peewee import Query

from app.storage.database import db
from app.storage.models import AuditEvent, Challenge, Passkey, Session, Table, User
from app.storage.records import ChallengeRecord, PasskeyRecord, SessionRecord, UserRecord


def columns(table: type[Table], record: Any) -> list[Any]:
    """List the columns of `table` that make `record`."""
    return [getattr(table, name) for name in record._fields]


class Statement:
    """A query's text for the bound database, made at its first use and whenever another database is bound."""

    def __init__(self, build: Callable[[], Query]) -> None:
        self._build = build
        self._text: str = ""
        self._database: Any = None

    def run(self, *values: Any) -> None:
        """Write, with these values."""
        with db.obj.turn:
            self._execute(values).close()

    def change(self, *values: Any) -> Any:
        """Write, with these values; give the only row that RETURNING tells of, or None."""
        with db.obj.turn:
            return self.one(*values)

    def one(self, *values: Any) -> Any:
        """Execute with these values; give the only row, or None."""
        cursor = self._execute(values)
        row = cursor.fetchone()
        cursor.close()  # an open RETURNING would keep SQLite's write lock
        return row

    def all(self, *values: Any) -> list[Any]:
        """Execute with these values; give every row."""
        rows: list[Any] = self._execute(values).fetchall()
        return rows

    def _execute(self, values: tuple[Any, ...]) -> Any:
        if self._database is not db.obj:
            self._text, self._database = self._build().sql()[0], db.obj
        return self._database.execute_sql(self._text, values)


def _insert(table: type[Table]) -> Query:
    """Insert every column, in the model's order, but for an id that the database counts up."""
    return table.insert(
        dict.fromkeys(field for field in table._meta.sorted_fields if not field.auto_increment)
    )


USER_COLUMNS = columns(User, UserRecord)
SESSION_COLUMNS = columns(Session, SessionRecord)
PASSKEY_COLUMNS = columns(Passkey, PasskeyRecord)
CHALLENGE_COLUMNS = columns(Challenge, ChallengeRecord)

# A disabled user has no session, no API token and no passkey: such rows are not found, as if they did not exist.
_ENABLED = User.disabled_at.is_null()

# (token digest) -> the user's columns, then the session's
SESSION_AND_USER = Statement(
    lambda: (
        Session.select(*USER_COLUMNS, *SESSION_COLUMNS)
        .join(User)
        .where(Session.token_digest == b"", _ENABLED)
    )
)
# (token digest) -> the user's columns
USER_BY_TOKEN = Statement(
    lambda: User.select(*USER_COLUMNS).where(User.token_digest == b"", _ENABLED)
)
PASSKEY_ROW = tuple(field.column_name for field in Passkey._meta.sorted_fields)

# (user id) -> passkeys, oldest first
PASSKEYS_OF_USER = Statement(
    lambda: (
        Passkey.select(*PASSKEY_COLUMNS)
        .where(Passkey.user == "")
        .order_by(Passkey.created_at, Passkey.id)
    )
)
# (credential id) -> the passkey's columns, then its user's
PASSKEY_AND_USER = Statement(
    lambda: (
        Passkey.select(*PASSKEY_COLUMNS, *USER_COLUMNS)
        .join(User)
        .where(Passkey.credential_id == b"", _ENABLED)
    )
)
# (digest, ceremony, user id, browser digest, rp id, user verification, expires at)
CHALLENGE_INSERT = Statement(lambda: _insert(Challenge))
# (digest) -> the challenge's columns; whoever gets them is the only one
CHALLENGE_TAKE = Statement(
    lambda: Challenge.delete().where(Challenge.digest == b"").returning(*CHALLENGE_COLUMNS)
)
# (new count, backed up, updated at, last used at, user id, id, old count) -> the id, unless another sign-in was faster
PASSKEY_USED = Statement(
    lambda: (
        Passkey.update(
            {
                Passkey.sign_count: 0,
                Passkey.backed_up: None,
                Passkey.updated_at: 0,
                Passkey.last_used_at: 0,
            }
        )
        .where(Passkey.user == "", Passkey.id == "", Passkey.sign_count == 0)
        .returning(Passkey.id)
    )
)
# every column of Passkey, in its order
PASSKEY_INSERT = Statement(lambda: _insert(Passkey))
# (user id, id) -> the id, unless there is no such passkey of this user
PASSKEY_DELETE = Statement(
    lambda: Passkey.delete().where(Passkey.user == "", Passkey.id == "").returning(Passkey.id)
)
# (updated at, user id)
USER_CHANGED = Statement(lambda: User.update({User.updated_at: 0}).where(User.id == ""))
# every column of Session, in its order
SESSION_INSERT = Statement(lambda: _insert(Session))
# (now, token digest)
SESSION_SEEN = Statement(
    lambda: Session.update({Session.last_seen_at: 0}).where(Session.token_digest == b"")
)
# (at, event, user id, address, detail)
AUDIT_INSERT = Statement(lambda: _insert(AuditEvent))
# (user id, how many) -> sessions, newest first
SESSIONS_OF_USER = Statement(
    lambda: (
        Session.select(*SESSION_COLUMNS)
        .where(Session.user == "")
        .order_by(Session.created_at.desc())
        .limit(1)
    )
)
