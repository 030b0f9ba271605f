"""Frequent queries of second factors, built once as those of statements.py."""

from typing import Any

from peewee import SQL, Select, fn

from app.storage.database import db
from app.storage.models import Passkey, RecoveryCode, Session, SignIn, Totp, User
from app.storage.records import SignInAttemptRecord
from app.storage.statement import Statement, columns, value

_COUNT = fn.COUNT(SQL("*"))


def _usable(*conditions: Any) -> Select:
    return Passkey.select(_COUNT).where(
        Passkey.user == value("id"), Passkey.rp_id == value("rp_id"), *conditions
    )


def _codes(*conditions: Any) -> Select:
    return RecoveryCode.select(_COUNT).where(RecoveryCode.user == value("id"), *conditions)


# Whether there are a password and TOTP; usable passkeys, and those made with UV;
# recovery codes, and those that were saved; whether the person always wants a step.
FACTORS_OF_USER = Statement(
    lambda: User.select(
        User.password_hash.is_null(False).alias("password"),
        Totp.select(_COUNT).where(Totp.user == value("id")).alias("totp"),
        _usable().alias("passkeys"),
        _usable(Passkey.user_verified).alias("verified"),
        _codes().alias("codes"),
        _codes(RecoveryCode.confirmed_at.is_null(False)).alias("saved"),
        User.always_asks,
    ).where(User.id == value("id"))
)
# A session has proved something more: it gets a new token under its old id, so that a
# copied cookie stays behind, also on a standby that takes over. Returns the id.
SESSION_PROVED = Statement(
    lambda: db.obj.replicated(
        Session.update(
            {
                Session.token_digest: value("token_digest"),
                Session.methods: value("methods"),
                Session.first_factor_at: value("first_factor_at"),
                Session.second_factor_at: value("second_factor_at"),
                Session.expires_at: value("expires_at"),
                # One keeps the count of wrong proofs in a row, 0 begins anew.
                Session.wrong_proofs: fn.COALESCE(Session.wrong_proofs, SQL("0"))
                * value("kept_wrong"),
            }
        )
        .where(Session.user == value("user_id"), Session.id == value("id"))
        .returning(Session.id)
    )
)
# Counts a wrong proof of a session, and returns how many in a row there were.
SESSION_WRONG = Statement(
    lambda: (
        Session.update(
            {Session.wrong_proofs: fn.COALESCE(Session.wrong_proofs, SQL("0")) + SQL("1")}
        )
        .where(Session.user == value("user_id"), Session.id == value("id"))
        .returning(Session.wrong_proofs)
    )
)
# The other sessions of a user have proved nothing any more: a factor was removed.
PROOFS_END = Statement(
    lambda: Session.update(
        {Session.first_factor_at: SQL("NULL"), Session.second_factor_at: SQL("NULL")}
    ).where(Session.user == value("user_id"), Session.id != value("besides"))
)
# The id and password hash of an enabled user, whom nobody changes, nor what is theirs,
# before the transaction ends.
USER_KEPT = Statement(
    lambda: db.obj.locking(
        User.select(User.id, User.password_hash).where(
            User.id == value("id"), User.disabled_at.is_null()
        ),
        "FOR SHARE",
    )
)
SIGN_IN_COLUMNS = columns(SignIn, SignInAttemptRecord)
# Only one caller gets the sign-in that is in progress, and finishes it.
SIGN_IN_TAKE = Statement(
    lambda: db.obj.replicated(SignIn.delete().where(SignIn.id == value("id")).returning(SignIn.id))
)
# Returns the id, unless this code or a later one was used. A last step in the future is
# from before the clock went back.
TOTP_USED = Statement(
    lambda: db.obj.replicated(
        Totp.update({Totp.last_step: value("step")})
        .where(
            Totp.user == value("user_id"),
            (Totp.last_step < value("step")) | (Totp.last_step > value("latest")),
        )
        .returning(Totp.id)
    )
)
# When TOTP was turned on, and when it was turned off last; null for never.
TOTP_SWITCHED = Statement(
    lambda: User.select(
        Totp.select(Totp.created_at).where(Totp.user == value("id")).alias("on_at"),
        User.mfa_disabled_at,
    ).where(User.id == value("id"))
)
# Only one caller burns a code. Returns its digest.
RECOVERY_CODE_TAKE = Statement(
    lambda: db.obj.replicated(
        RecoveryCode.delete()
        .where(RecoveryCode.digest == value("digest"), RecoveryCode.user == value("user_id"))
        .returning(RecoveryCode.digest)
    )
)
