"""Frequent queries, built once by peewee from the models and then run as text.

Building a query takes peewee 100 to 250 us, running it about 10. Only what every
request or sign-in needs is here; everything else is plain peewee.
"""

from typing import Any

from peewee import SQL, Query, Select, fn

from app.storage.database import db, unlocked
from app.storage.models import Challenge, Device, Passkey, Session, User
from app.storage.records import ChallengeRecord, PasskeyRecord, SessionRecord, UserRecord
from app.storage.statement import Statement, columns, insert, value

USER_COLUMNS = columns(User, UserRecord)
SESSION_COLUMNS = columns(Session, SessionRecord)
PASSKEY_COLUMNS = columns(Passkey, PasskeyRecord)
CHALLENGE_COLUMNS = columns(Challenge, ChallengeRecord)

# The sessions and the API token of a disabled user are not found.
_ENABLED = User.disabled_at.is_null()

# The user's columns, then the session's.
SESSION_AND_USER = Statement(
    lambda: (
        Session.select(*USER_COLUMNS, *SESSION_COLUMNS)
        .join(User)
        .where(Session.token_digest == value("token_digest"), _ENABLED)
    )
)
USER_BY_TOKEN = Statement(
    lambda: User.select(*USER_COLUMNS).where(User.token_digest == value("token_digest"), _ENABLED)
)
# Oldest first.
PASSKEYS_OF_USER = Statement(
    lambda: (
        Passkey.select(*PASSKEY_COLUMNS)
        .where(Passkey.user == value("user_id"))
        .order_by(Passkey.created_at, Passkey.id)
    )
)
# The passkey's columns, then its user's. The passkey of a disabled user is found,
# because it is not unknown.
PASSKEY_AND_USER = Statement(
    lambda: (
        Passkey.select(*PASSKEY_COLUMNS, *USER_COLUMNS)
        .join(User)
        .where(Passkey.credential_id == value("credential_id"))
    )
)
CHALLENGE_INSERT = Statement(lambda: insert(Challenge))
# Only one caller gets the challenge's columns, also of a standby that takes over.
CHALLENGE_TAKE = Statement(
    lambda: db.obj.replicated(
        Challenge.delete().where(Challenge.digest == value("digest")).returning(*CHALLENGE_COLUMNS)
    )
)
# Returns the id, unless another sign-in was faster and has changed the count.
PASSKEY_USED = Statement(
    lambda: (
        Passkey.update(
            {
                Passkey.sign_count: value("sign_count"),
                Passkey.backed_up: value("backed_up"),
                Passkey.updated_at: value("now"),
                Passkey.last_used_at: value("now"),
            }
        )
        .where(
            Passkey.user == value("user_id"),
            Passkey.id == value("id"),
            Passkey.sign_count == value("old_sign_count"),
        )
        .returning(Passkey.id)
    )
)
PASSKEY_INSERT = Statement(lambda: insert(Passkey))
# Returns the id, unless this user has no such passkey.
PASSKEY_DELETE = Statement(
    lambda: (
        Passkey.delete()
        .where(Passkey.user == value("user_id"), Passkey.id == value("id"))
        .returning(Passkey.id)
    )
)
# Keeps the user from being deleted before the transaction ends. It comes first there,
# as in a deletion, or the two could deadlock.
USER_ENABLED = Statement(
    lambda: db.obj.locking(
        User.select(User.id).where(User.id == value("id"), _ENABLED), "FOR KEY SHARE"
    )
)
# Keeps everybody else from the user's row, even who only keeps it from being deleted.
USER_ALONE = Statement(
    lambda: db.obj.locking(User.select(User.id).where(User.id == value("id")), "FOR UPDATE")
)
# The user's columns, then the API token's digest and the time when it was disabled.
USER_CHANGED = Statement(
    lambda: (
        User.update({User.updated_at: value("now")})
        .where(User.id == value("id"))
        .returning(*USER_COLUMNS, User.token_digest, User.disabled_at)
    )
)
# Returns when the user's `most`th newest session began, of those before or with this
# one (the databases differ); NULL: there are not as many.
SESSION_INSERT = Statement(
    lambda: insert(Session).returning(
        Session.select(Session.created_at)
        .where(Session.user == value("user_id"))
        .order_by(Session.created_at.desc())
        .limit(SQL("1"))
        .offset(value("skipped"))
    )
)


def _other_sessions() -> Select:
    own = Session.select(Session.token_digest).where(Session.user == value("user_id"))
    return own.where(Session.token_digest != value("token_digest"))


def _oldest_sessions() -> Select:
    newest = _other_sessions().order_by(Session.created_at.desc()).limit(value("kept"))
    # What somebody else is about to end is skipped, so that the two cannot deadlock.
    return unlocked(_other_sessions().where(Session.token_digest.not_in(newest)))


# A user's sessions end, but for the `kept` newest and the one of `token_digest`.
SESSIONS_OLDEST_END = Statement(
    lambda: Session.delete().where(Session.token_digest << _oldest_sessions()).returning(Session.id)
)
# What the session has proved, if it has not ended.
SESSION_LIVES = Statement(
    lambda: Session.select(
        Session.methods, Session.first_factor_at, Session.second_factor_at
    ).where(
        Session.user == value("user_id"),
        Session.id == value("id"),
        Session.expires_at > value("now"),
    )
)
SESSION_SEEN = Statement(
    lambda: Session.update({Session.last_seen_at: value("now")}).where(
        Session.token_digest == value("token_digest")
    )
)
# The session is gone on a standby that takes over, too.
SESSION_END = Statement(
    lambda: db.obj.replicated(Session.delete().where(Session.token_digest == value("token_digest")))
)
# Newest first.
SESSIONS_OF_USER = Statement(
    lambda: (
        Session.select(*SESSION_COLUMNS)
        .where(Session.user == value("user_id"))
        .order_by(Session.created_at.desc())
        .limit(value("most"))
    )
)


def _by_handle(*conditions: Any) -> Query:
    having_one = User.select(User.password_hash).where(User.password_hash.is_null(False))
    return having_one.where(*conditions).order_by(User.user_handle).limit(SQL("1"))


# The password hash of the account whose handle is the next after a digest, if any is.
DRAWN_PASSWORD_HASH = Statement(
    lambda: Select(
        columns=[fn.COALESCE(_by_handle(User.user_handle >= value("digest")), _by_handle())]
    ).bind(db)
)
DEVICE_KNOWN = Statement(
    lambda: Device.select(Device.digest).where(
        Device.digest == value("digest"), Device.used_at > value("since")
    )
)
# Returns the digest, unless the user has not signed in with this device.
DEVICE_USED = Statement(
    lambda: (
        Device.update({Device.used_at: value("now")})
        .where(Device.digest == value("digest"))
        .returning(Device.digest)
    )
)
