"""Accounts deleted while their own request is under way: the answer is never a 500."""

from collections.abc import Callable

import pytest
from peewee import IntegrityError

from app.core import accounts, api_tokens, clock, enrolments, profile, registration, sessions
from app.core.account_errors import UsernameTaken
from app.core.mfa.proofs import Proved
from app.errors import SessionInvalid
from app.storage.models import AuditEvent, Passkey, Session, User
from app.storage.records import UserRecord
from app.storage.statements import USER_COLUMNS
from tests.core.refusals import is_refusal
from tests.people import ORIGIN, PASSWORD, Person


def adds_a_passkey(ada: Person, user: UserRecord) -> Callable[[], object]:
    credential = ada.authenticator.create(ada.creation_options(), origin=ORIGIN)
    context = ada.context()
    return lambda: registration.finish(user, credential, "Laptop", context=context)


def begins_a_passkey(ada: Person, user: UserRecord) -> Callable[[], object]:
    context = ada.context()
    return lambda: enrolments.begin(user, context=context)


def signs_in(ada: Person, user: UserRecord) -> Callable[[], object]:
    return lambda: sessions.start(user.id, Proved(("pwd",), clock.now()), context=ada.context())


@pytest.mark.parametrize("under_way", [adds_a_passkey, begins_a_passkey, signs_in])
def test_whoever_is_deleted_meanwhile_is_told_to_sign_in_again(
    ada: Person, under_way: Callable[[Person, UserRecord], Callable[[], object]]
) -> None:
    user = UserRecord._make(User.select(*USER_COLUMNS).tuples().get())
    verb = under_way(ada, user)
    User.delete().execute()
    with pytest.raises((IntegrityError, SessionInvalid)) as raised:
        verb()
    with ada.app.test_request_context("/account/api/passkeys"):
        answer = ada.app.make_response(ada.app.handle_user_exception(raised.value))
        is_refusal(answer, SessionInvalid)
    assert (Passkey.select().count(), Session.select().count()) == (0, 0)


def test_a_row_that_is_not_unique_is_no_sign_of_a_deleted_account(ada: Person) -> None:
    newcomer = accounts.Newcomer("ADA", PASSWORD)
    with ada.app.test_request_context("/account/api/passkeys"), pytest.raises(UsernameTaken):
        accounts._create(newcomer, code=None, only_first=False, context=ada.context())
    twice = User.insert(User.select().dicts().get())
    with pytest.raises(IntegrityError) as raised:
        twice.execute()
    with ada.app.test_request_context("/account/api/passkeys"):
        answer = ada.app.make_response(ada.app.handle_user_exception(raised.value))
    assert answer.status_code == 500


def test_a_deleted_account_changes_nothing_and_has_no_token(ada: Person) -> None:
    user = UserRecord._make(User.select(*USER_COLUMNS).tuples().get())
    User.delete().execute()
    before = AuditEvent.select().count()
    for verb in (
        lambda: profile.change(user, {"username": "eve"}, context=ada.context()),
        lambda: api_tokens.read(user, service=ada.context().service),
        lambda: api_tokens.replace(user, context=ada.context()),
    ):
        with pytest.raises(SessionInvalid):
            verb()
    assert AuditEvent.select().count() == before
