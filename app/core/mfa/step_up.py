"""Confirming who it is: a session proves something again, so that it is recent."""

from typing import Any

from app.core import assertions, audit, session_ends, session_renewal
from app.core.audit import Event
from app.core.context import Context
from app.core.mfa import answers, factors, guards, proofs, totp
from app.core.mfa.answers import Answer, Occasion
from app.core.mfa.errors import TotpIsOff
from app.core.mfa.policy import Standing
from app.core.outcomes import judging
from app.core.sessions import Live
from app.core.webauthn.challenges import STEP_UP
from app.errors import SessionInvalid
from app.settings import Settings
from app.storage import database
from app.storage.mfa_statements import SESSION_WRONG, USER_KEPT
from app.storage.statements import USER_ENABLED

MOST_WRONG = 10  # proofs in a row


def ways(live: Live, *, settings: Settings, either: bool = False) -> tuple[str, ...]:
    """Return by what this session can confirm.

    With `either`, also by what serves only where either factor's proof does.
    """
    found = factors.of_user(live.user.id, settings)
    either = either and live.standing is not Standing.RECOVERING
    return guards.ways(proofs.of_session(live.session), found, either=either)


def passkey_options(live: Live, *, settings: Settings) -> dict[str, Any]:
    """Return request options for confirming by passkey, bound to this session."""
    return assertions.begin_for(live.user.id, STEP_UP, _binding(live), settings=settings)


def _binding(live: Live) -> str:
    return f"session {live.session.id}"


def verify(live: Live, answer: Answer, *, context: Context) -> str:
    """Confirm by an answer of the session's own user, and return the new token.

    Ten wrong answers in a row end the session. Raises what `answers.judged` raises, and
    `SessionInvalid`.
    """
    try:
        with judging(STEP_UP, answer.way, context):
            return _verified(live, answer, context=context)
    except answers.WRONG:
        _count_wrong(live, answer.way, context=context)
        raise


def _verified(live: Live, answer: Answer, *, context: Context) -> str:
    user, settings = live.user, context.settings
    offered = ways(live, settings=settings, either=True)
    occasion = Occasion(offered, STEP_UP, _binding(live), totp.SESSION)
    prove = answers.judged(answer, user, occasion, context=context)
    with database.durable() if answer.way == "recovery" else database.transient():
        if not USER_KEPT.one(id=user.id):  # a removal of factors waits, or came before
            raise SessionInvalid(cause="the account was disabled or deleted meanwhile")
        answers.settle(answer, user.id, context=context)
        audit.record(Event.STEP_UP, user_id=user.id, detail=answer.way, context=context)
        return session_renewal.renew(live.session, prove, context=context)


def confirm_password(live: Live, password: str, *, context: Context) -> None:
    """Take the password as the proof of one act. Raises `WrongPassword`."""
    try:
        with judging(STEP_UP, "password", context):
            answers.check_password(live.user, password, context=context)
    except answers.WRONG:
        _count_wrong(live, "password", context=context)
        raise


def use_code(live: Live, code: str, *, context: Context) -> None:
    """Take a code of the authenticator app as the proof of one act.

    Raises `CodeWrong`, `TotpIsOff`.
    """
    try:
        with judging(STEP_UP, "totp", context):
            totp.use(live.user.id, code, place=totp.SESSION, context=context)
    except TotpIsOff:
        raise
    except answers.WRONG:
        _count_wrong(live, "totp", context=context)
        raise


def _count_wrong(live: Live, way: str, *, context: Context) -> None:
    with database.transient():
        if not USER_ENABLED.one(id=live.user.id):
            return
        row = SESSION_WRONG.change(user_id=live.user.id, id=live.session.id)
        if row is not None and row[0] >= MOST_WRONG:
            session_ends.end_live(live)
        audit.record(Event.STEP_UP_REFUSED, user_id=live.user.id, detail=way, context=context)
