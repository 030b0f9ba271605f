"""What a session proves besides: it goes on under its id, with a new token."""

from collections.abc import Callable

from app.core import clock, sessions, tokens
from app.core.context import Context
from app.core.mfa import proofs
from app.core.mfa.proofs import Proved
from app.errors import SessionInvalid
from app.storage.mfa_statements import SESSION_PROVED
from app.storage.models import TotpOffer
from app.storage.records import SessionRecord
from app.storage.statements import SESSION_LIVES


def renew(
    session: SessionRecord,
    prove: Callable[[Proved], Proved],
    *,
    keeps_wrong: bool = False,
    context: Context,
) -> str:
    """Store what the session has proved besides, and return its new token.

    It keeps its id; the old token is void, so that a copied cookie gains nothing. With
    `keeps_wrong` the wrong proofs in a row are still counted. This belongs in the
    transaction of what was proved, which has locked the user against changes. Raises
    `SessionInvalid` if the session has ended meanwhile.
    """
    token, stored = tokens.new_token(), _proof_now(session)
    proved = prove(stored)
    lasts = sessions.lifetime(proved, context.settings)
    longer = lasts > sessions.lifetime(stored, context.settings)
    stored_row = SESSION_PROVED.change(
        token_digest=tokens.digest(token),
        methods=" ".join(proved.methods),
        first_factor_at=proved.first_at,
        second_factor_at=proved.second_at,
        expires_at=session.created_at + lasts if longer else session.expires_at,
        kept_wrong=int(keeps_wrong),
        user_id=session.user_id,
        id=session.id,
    )
    if stored_row is None:
        raise SessionInvalid(cause="the session ended meanwhile")
    withdraw_unproved_offer(session)
    return token


def complete(prove: Callable[[Proved], Proved], *, context: Context) -> str | None:
    """Count a factor that was added as proved, if the caller's session lacks a second.

    Returns the new token. None if there is no session, or it has proved two factors:
    then nothing is gained, and an answer that gets lost signs nobody out.
    """
    session = context.caller.session
    if session is None or proofs.of_session(session).second_at is not None:
        return None
    return renew(session, prove, context=context)


def withdraw_unproved_offer(session: SessionRecord) -> None:
    """Delete the secret that was offered to this session before it had proved enough.

    Whoever has an older token of the session may know it.
    """
    own = TotpOffer.id == session.id, TotpOffer.user == session.user_id
    TotpOffer.delete().where(*own, ~TotpOffer.proved).execute()


def _proof_now(session: SessionRecord) -> Proved:
    """Return what the session has proved, as it is stored now.

    Raises `SessionInvalid` if it has ended.
    """
    row = SESSION_LIVES.one(user_id=session.user_id, id=session.id, now=clock.now())
    if row is None:
        raise SessionInvalid(cause="the session ended meanwhile")
    return proofs.of_row(*row)
