"""What was acknowledged as consumed or revoked is so where a standby takes over.

The primary keeps in memory, for ten seconds, what nobody made durable. So what the
standby has when an answer is there is what that answer has waited for.
"""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from flask import Flask

from app.core import (
    accounts,
    administration,
    api_tokens,
    invites,
    session_ends,
    sessions,
    signing_out,
)
from app.core.context import Context
from tests.conftest import MakeApp
from tests.people import PASSWORD, Person
from tests.violence.rows import connected, query
from tests.violence.standby import Pair, pair

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgresql,
    # The fixtures want one; the applications here are on the primary.
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
ELSEWHERE = {"origin": "https://evil.example"}


@pytest.fixture(scope="module")
def own() -> Iterator[Pair]:
    """A primary and its synchronous standby."""
    with pair() as made:
        yield made


@pytest.fixture
def app(own: Pair, make_app: MakeApp) -> Flask:
    """An app on an empty database of the primary."""
    with connected(own.primary.url()) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return make_app(DATABASE_URL=own.url(), REGISTRATION="invite")


@pytest.fixture
def eve(app: Flask) -> Person:
    """Somebody with a passkey, who is no administrator, and an invite."""
    ada = Person(app, "ada").set_up()
    with app.test_request_context():
        invites.create(context=ada.context())
    person = Person(app, "eve").added_by_hand()
    assert person.add_passkey().status_code == 200
    return person


Act = Callable[[Person], object]


def core(verb: Callable[[Person, Context], object]) -> Act:
    """Return the act of calling the core."""

    def act(eve: Person) -> object:
        with eve.app.test_request_context():
            return verb(eve, eve.context())

    return act


def to_eve(verb: Callable[..., object], *arguments: str) -> Act:
    """Return the act of doing this to eve's account."""
    return core(lambda _, context: verb(administration.find("eve"), *arguments, context=context))


def live(eve: Person) -> sessions.Live:
    """Return the newest session."""
    user = administration.find("eve")
    [newest, *_] = sessions.of_user(user.id, most=1, settings=eve.context().settings)
    return sessions.Live(user, newest)


# What is done, and a query for what is gone afterwards.
CHALLENGES = "SELECT digest FROM challenges"
SESSION = "SELECT id FROM sessions WHERE id = '{session}'"
EVE = "SELECT id FROM users WHERE username = 'eve' AND {}"
ACTS: dict[str, tuple[Act, str]] = {
    "a session, by signing out": (Person.log_out, SESSION),
    "a session, by Clerk's signing out": (
        core(lambda eve, _: signing_out.of_live(live(eve))),
        SESSION,
    ),
    "a session, by another sign-in": (Person.log_in, SESSION),
    "sessions, by an administrator": (to_eve(administration.end_sessions), SESSION),
    "a session, by its owner": (
        core(
            lambda eve, context: session_ends.end_one(
                live(eve).user, live(eve).session.id, current=None, context=context
            )
        ),
        SESSION,
    ),
    "all other sessions, by their owner": (
        to_eve(partial(session_ends.end_all_others, current=None)),
        SESSION,
    ),
    "a role": (to_eve(administration.set_role, "ADMIN"), EVE.format("role = 'USER'")),
    "a passkey": (lambda eve: eve.delete(eve.passkeys()[0]["id"]), "SELECT id FROM passkeys"),
    "a password": (
        to_eve(administration.set_password, f"{PASSWORD} of later"),
        EVE.format("password_hash = '{password_hash}'"),
    ),
    "an API token": (
        to_eve(api_tokens.replace),
        EVE.format("token_digest = '\\x{token}'"),
    ),
    "an account that was enabled": (
        to_eve(administration.disable),
        EVE.format("disabled_at IS NULL"),
    ),
    "an account": (to_eve(administration.delete), EVE.format("true")),
    "an invite, revoked": (
        core(lambda _, context: invites.revoke(invites.every()[0].id, context=context)),
        "SELECT id FROM invites",
    ),
}


@pytest.mark.parametrize("what", ACTS)
def test_what_is_revoked(own: Pair, eve: Person, what: str) -> None:
    act, remaining = ACTS[what]
    with eve.app.test_request_context():
        session = live(eve).session.id
    [(password_hash, token)] = query(
        own.primary.url(),
        "SELECT password_hash, encode(token_digest, 'hex') FROM users WHERE username = 'eve'",
    )
    told = {"session": session, "password_hash": password_hash, "token": token}
    own.catch_up()
    assert own.taken_over(remaining.format(**told))
    act(eve)
    assert own.taken_over(remaining.format(**told)) == []


def test_a_challenge_is_consumed_also_where_nothing_else_is_stored(own: Pair, eve: Person) -> None:
    asked = eve.creation_options(), eve.request_options()
    signed = [
        lambda: eve.finish_registration(eve.authenticator.create(asked[0], **ELSEWHERE)),
        lambda: eve.finish_sign_in(eve.authenticator.get(asked[1], **ELSEWHERE)),
    ]
    for finish in signed:
        own.catch_up()
        before = own.taken_over(CHALLENGES)
        assert finish().status_code == 400
        assert len(own.taken_over(CHALLENGES)) == len(before) - 1


def test_codes_are_used(own: Pair, app: Flask) -> None:
    ada = Person(app, "ada")
    founding = ada.founding()
    own.catch_up()
    assert own.taken_over("SELECT digest FROM setup_codes")
    assert ada.post("/account/api/setup", founding).status_code == 200
    assert own.taken_over("SELECT digest FROM setup_codes") == []
    with app.test_request_context():
        code = invites.create(context=ada.context())
        newcomer = accounts.Newcomer("bob", PASSWORD)
        accounts.register(newcomer, code, context=ada.context())
        assert own.taken_over("SELECT uses FROM invites") == [(1,)]


def test_what_was_revoked_stays_so_when_the_standby_takes_over(own: Pair, eve: Person) -> None:
    asked = eve.request_options()
    answer = eve.authenticator.get(asked, origin="http://localhost:8000")
    cookies = dict(eve.browser._cookies)
    own.catch_up()
    assert eve.finish_sign_in(answer).status_code == 200
    assert eve.log_out().status_code == 200
    own.fail_over()
    for again in cookies, dict(eve.browser._cookies):
        eve.browser._cookies.clear()
        eve.browser._cookies.update(again)
        assert not eve.signed_in()
        assert eve.finish_sign_in(answer).status_code == 400  # the challenge stays taken
    assert eve.sign_in().status_code == 200
