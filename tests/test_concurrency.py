"""One-time things stay one-time, however many requests come at once.

They come to several worker processes, on both databases.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import live
from tests.live import PASSKEYS, Answer, Client
from tests.violence.rows import query

MANY = 24
ADA = {"username": "ada", "password": "correct horse battery"}
BY_PASSWORD, BY_PASSKEY = "/account/api/sign-in/password", "/account/api/sign-in/passkey"


@pytest.fixture
def port(database_url: str, tmp_path: Path) -> Iterator[int]:
    """A server with three worker processes of four threads each."""
    settings = {"DATABASE_URL": database_url, "REGISTRATION": "invite"}
    with live.server(tmp_path / "data", workers=3, **settings) as port:
        yield port


def at_once(ask: Callable[[int], Answer]) -> Counter[int]:
    """Ask many times at once, and return the number of answers with each status."""
    with ThreadPoolExecutor(MANY) as pool:
        return Counter(answer.status for answer in pool.map(ask, range(MANY)))


def copy(client: Client) -> Client:
    """Return another connection of the same browser."""
    other = Client(client.port)
    other.cookies = dict(client.cookies)
    return other


def test_one_challenge_signs_in_once_and_registers_once_and_one_account_is_first(port: int) -> None:
    def set_up(n: int) -> Answer:
        return Client(port).call("POST", "/account/api/setup", ADA | {"username": f"ada{n}"})

    setups = at_once(set_up)
    assert setups == {200: 1, 403: MANY - 1}

    ada = signed_in(port)
    credential = ada.attestation()
    body = {"response": credential, "name": "Laptop"}
    only_one(at_once(lambda _: copy(ada).call("POST", PASSKEYS, body)))
    ada = signed_in(port, ada)
    assert len(ada.call("GET", PASSKEYS).body["passkeys"]) == 1

    browser = Client(port)
    browser.authenticator = ada.authenticator
    assertion = {"response": browser.assertion()}
    signed = at_once(lambda _: copy(browser).call("POST", BY_PASSKEY, assertion))
    assert signed == {200: 1, 400: MANY - 1}


def only_one(statuses: Counter[int]) -> None:
    """Assert that one registration succeeded.

    The session then has a new token, so that others find no session, or a used
    challenge.
    """
    assert statuses[200] == 1
    assert statuses[400] + statuses[401] == MANY - 1


def signed_in(port: int, before: Client | None = None) -> Client:
    """Return a browser signed in to the account that was first, whichever it is."""
    for n in range(MANY):
        client = Client(port)
        client.authenticator = before.authenticator if before else client.authenticator
        if client.call("POST", BY_PASSWORD, ADA | {"username": f"ada{n}"}).status == 200:
            return client
    raise AssertionError("nobody can sign in")


def test_a_passkey_with_a_counter_signs_in_from_many_tabs_at_once(
    port: int, database_url: str
) -> None:
    ada = Client(port)
    assert ada.call("POST", "/account/api/setup", ADA).status == 200
    # The counter of a synced passkey refuses nobody.
    ada.authenticator = live.Authenticator(backup_eligible=True, backed_up=True)
    body = {"response": ada.attestation(), "name": "Phone"}
    assert ada.call("POST", PASSKEYS, body).status == 200
    browser = Client(port)
    browser.authenticator = ada.authenticator
    bodies = [{"response": browser.assertion()} for _ in range(MANY)]
    statuses = at_once(lambda n: copy(browser).call("POST", BY_PASSKEY, bodies[n]))
    assert statuses == {200: MANY}
    # The highest of all is kept, whichever came last.
    [(count,)] = query(database_url, "SELECT sign_count FROM passkeys")
    assert count == MANY


def test_the_same_credential_from_two_ceremonies_is_stored_once(port: int) -> None:
    ada = Client(port)
    assert ada.call("POST", "/account/api/setup", ADA).status == 200
    first = ada.attestation()
    same = {"origin": f"http://localhost:{port}"}
    same["credential_id"] = ada.authenticator.credentials[-1].id
    again = []
    for _ in range(MANY):
        options = ada.call("GET", f"{PASSKEYS}/options").body["options"]
        again.append(ada.authenticator.create(options, **same))
    bodies = [{"response": each, "name": "Laptop"} for each in [first, *again]]
    only_one(at_once(lambda n: copy(ada).call("POST", PASSKEYS, bodies[n])))
