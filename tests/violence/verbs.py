"""What people, administrators and housekeeping do to one account, for threads to mix.

Each verb runs as the server runs it, with real signatures. What the rules refuse is
fine; whatever the database refuses is not.
"""

import contextlib
import random
from collections.abc import Callable
from typing import Any

from flask import Flask
from pyotp import TOTP

from app.core import (
    accounts,
    administration,
    api_tokens,
    authentication,
    clock,
    enrolments,
    passkeys,
    profile,
    registration,
    session_ends,
    sessions,
    signin,
    signing_out,
    throttle,
    tokens,
)
from app.core.context import Caller, Context
from app.core.mfa import recovery, recovery_codes, totp_enrolment
from app.core.mfa import step_up as step_up_again
from app.core.mfa.answers import Answer
from app.core.mfa.proofs import Proved
from app.errors import AppError
from app.operations import housekeeping
from app.storage import database
from app.storage.models import Device, Session, User
from app.storage.records import UserRecord
from tests.authenticator import Authenticator
from tests.people import ORIGIN, PASSWORD

ADDRESS = "192.0.2.1"
PASSWORDS = (PASSWORD, f"{PASSWORD} too")


class Account:
    """One account, which is made anew whenever it has been deleted."""

    def __init__(self, app: Flask) -> None:
        self.service = app.extensions["passline"]
        self.devices = [tokens.new_token() for _ in range(30)]
        keeper = accounts.Newcomer("keeper", PASSWORD)
        administration.create(keeper, "SUPERADMIN", context=self.context())  # must remain
        self.codes: list[str] = []
        self.user, self.authenticator = self.made()

    def context(self, **caller: Any) -> Context:
        """Return the context of somebody's request."""
        return Context(self.service, Caller(ADDRESS, "", **caller))

    def made(self) -> tuple[UserRecord, Authenticator]:
        """Make the account with three passkeys, each of which has signed in."""
        newcomer = accounts.Newcomer("ada", PASSWORD)
        user = administration.create(newcomer, "USER", context=self.context())
        authenticator = Authenticator(backup_eligible=True, backed_up=True)
        for _ in range(3):
            self.registered(user, authenticator)
        return user, authenticator

    def registered(self, user: UserRecord, authenticator: Authenticator) -> None:
        """Add a passkey."""
        _, context = self.live(user)
        asked = registration.begin(user, guarded=False, context=context)
        response = authenticator.create(asked, origin=ORIGIN)
        registration.finish(user, response, "Key", context=context)

    def live(self, user: UserRecord | None = None) -> tuple[sessions.Live, Context]:
        """Return a session in force, and the context of a request in it."""
        context = self.context(device=random.choice(self.devices))
        token = sessions.start(
            (user or self.user).id, Proved(("pwd",), clock.now()), context=context
        )
        live = sessions.find(token, settings=self.service.settings)
        if live is None:
            raise sessions.SessionUnknown
        return live, self.context(session=live.session, device=context.caller.device)


def sign_in(ada: Account) -> None:
    """Sign in by passkey, in place of what this browser had before."""
    browser, asked = authentication.begin(None, settings=ada.service.settings)
    chosen = random.choice(ada.authenticator.credentials)
    response = ada.authenticator.get(asked, origin=ORIGIN, credential=chosen)
    before, _ = ada.live()
    proved = Proved(("pwd",), clock.now())
    old = [sessions.start(before.user.id, proved, context=ada.context()) for _ in range(3)]
    context = ada.context(device=random.choice(ada.devices))
    authentication.finish(response, browser, context=context)
    random.choice([signing_out.replaced, signing_out.by_tokens])(random.sample(old, 3))


def log_in(ada: Account) -> None:
    """Sign in by a password, which may be the wrong one."""
    context = ada.context(device=random.choice([None, *ada.devices[:3]]))
    signin.by_password("ada", random.choice(PASSWORDS), context=context)


def guess(ada: Account) -> None:
    """Count attempts as failed, some of which are taken back."""
    device = random.choice(ada.devices[:2]).encode()
    counted = throttle.limits(account="ada", address=ADDRESS)
    counted = throttle.attempt(counted, device=random.choice([None, device]))
    throttle.succeeded(random.sample(counted, len(counted)))


def rename_passkey(ada: Account) -> None:
    """Rename a passkey."""
    chosen = random.choice(passkeys.of_user(ada.user.id) or [None])
    if chosen:
        passkeys.rename(ada.user, chosen.id, "Phone", context=ada.live()[1])


def replace_passkey(ada: Account) -> None:
    """Add a passkey and delete another, with the sessions that it began."""
    user = ada.user
    ada.registered(user, ada.authenticator)
    for oldest in passkeys.of_user(user.id)[:1]:  # all may be gone with the account
        passkeys.delete(user, oldest.id, context=ada.live(user)[1])


def enrol(ada: Account) -> None:
    """Begin an unfinished passkey, rename and delete one."""
    _, context = ada.live()
    begun = enrolments.begin(ada.user, context=context)
    enrolments.rename(ada.user, begun.id, "Phone", context=context)
    if random.random() < 0.5:
        enrolments.delete(ada.user, begun.id, context=context)


def end_sessions(ada: Account) -> None:
    """End one session, then all others."""
    live, context = ada.live()
    other, _ = ada.live()
    session_ends.end_one(ada.user, other.session.id, current=live.session.id, context=context)
    session_ends.end_all_others(ada.user, current=live.session.id, context=context)


def change_profile(ada: Account) -> None:
    """Change the name back and forth, and the API token."""
    _, context = ada.live()
    profile.change(ada.user, {"username": random.choice(["ada", "Ada"])}, context=context)
    api_tokens.replace(ada.user, context=context)


def change_password(ada: Account) -> None:
    """Change the password, which ends sessions and forgets devices."""
    live, context = ada.live()
    profile.change_with_password(live, {}, random.choice(PASSWORDS), context=context)


def turn_app_on(ada: Account) -> None:
    """Turn an authenticator app on, with recovery codes."""
    live, context = ada.live()
    secret = totp_enrolment.offer(live, guarded=False, context=context).secret
    code = TOTP(secret).at(clock.now() // clock.SECOND)
    made = totp_enrolment.turn_on(live, code, makes_codes=True, context=context)
    ada.codes = made.recovery_codes or ada.codes


def turn_app_off(ada: Account) -> None:
    """Turn it off, which voids what other sessions have proved."""
    live, context = ada.live()
    totp_enrolment.turn_off(live, context=context)


def make_codes(ada: Account) -> None:
    """Make recovery codes, and say that they were saved."""
    live, context = ada.live()
    ada.codes = recovery_codes.make(live, context=context)
    recovery_codes.confirm_receipt(live, context=context)


def recover(ada: Account) -> None:
    """Sign in by a recovery code, in two steps."""
    code = random.choice(ada.codes or ["0" * 24])
    recovery.by_code("ada", code, random.choice(PASSWORDS), context=ada.context())


def step_up(ada: Account) -> None:
    """Confirm by a password, which may be the wrong one."""
    live, context = ada.live()
    step_up_again.verify(live, Answer(password=random.choice(PASSWORDS)), context=context)


def use_link(ada: Account) -> None:
    """Come back by a one-time link, and set a password."""
    token = recovery.make_link(ada.user, context=ada.context())
    result = recovery.by_link(token, context=ada.context())
    live = sessions.find(result.token, settings=ada.service.settings)
    if live:
        context = ada.context(session=live.session)
        profile.change_with_password(live, {}, random.choice(PASSWORDS), context=context)


def reset(ada: Account) -> None:
    """Reset the factors as an administrator."""
    administration.reset_mfa(ada.user, context=ada.context())


def set_password(ada: Account) -> None:
    """Change the password as an administrator."""
    administration.set_password(ada.user, random.choice(PASSWORDS), context=ada.context())


def disable(ada: Account) -> None:
    """Disable the account, and enable it again."""
    administration.disable(ada.user, context=ada.context())
    administration.enable(ada.user, context=ada.context())


def change_role(ada: Account) -> None:
    """Change the account's role."""
    role = random.choice(administration.ROLES[:2])
    administration.set_role(ada.user, role, context=ada.context())


def revoke_sessions(ada: Account) -> None:
    """End all sessions as an administrator."""
    administration.end_sessions(ada.user, context=ada.context())


def delete(ada: Account) -> None:
    """Delete the account, and make it anew."""
    administration.delete(ada.user, context=ada.context())
    ada.user, ada.authenticator = ada.made()


def clean(ada: Account) -> None:
    """Let rows of the account expire, in no order, and clean up."""
    user = User.get_or_none(User.id == ada.user.id)
    if user:
        with database.transient():
            User.update(updated_at=clock.now()).where(User.id == user.id).execute()
            used = [{"digest": random.randbytes(9), "user": user, "used_at": 1} for _ in range(20)]
            Device.insert_many(used).execute()
            Session.update(expires_at=1).where(Session.user == user).execute()
    housekeeping.clean()


VERBS: tuple[Callable[[Account], None], ...] = (
    sign_in, log_in, guess, rename_passkey, replace_passkey, enrol, end_sessions, change_profile,
    change_password, set_password, disable, change_role, revoke_sessions, delete, clean,
    turn_app_on, turn_app_off, make_codes, recover, step_up, use_link, reset,
)  # fmt: skip


def run(verb: Callable[[Account], None], ada: Account) -> None:
    """Run a verb and return this thread's connection, as a request does.

    Raises what would be answered by 500 or 503.
    """
    try:
        with contextlib.suppress(AppError):
            verb(ada)
    except Exception as error:
        if not database.owner_is_gone(error):
            raise
    finally:
        database.release()
