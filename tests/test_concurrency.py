"""One-time things are one-time, however many ask at once, in several worker processes, on both databases."""

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


@pytest.fixture
def port(database_url: str, tmp_path: Path) -> Iterator[int]:
    """A server with three worker processes of four threads each."""
    with live.server(
        tmp_path / "data", workers=3, DATABASE_URL=database_url, REGISTRATION="invite"
    ) as port:
        yield port


def at_once(ask: Callable[[int], Answer]) -> Counter[int]:
    """Ask many times at once; count the statuses."""
    with ThreadPoolExecutor(MANY) as pool:
        return Counter(answer.status for answer in pool.map(ask, range(MANY)))


def copy(client: Client) -> Client:
    """Give another connection of the same browser."""
    other = Client(client.port)
    other.cookies = dict(client.cookies)
    return other


def test_one_challenge_signs_in_once_and_registers_once_and_one_account_is_first(port: int) -> None:
    setups = at_once(
        lambda n: Client(port).call("POST", "/account/api/setup", {**ADA, "username": f"ada{n}"})
    )
    assert setups.pop(200) == 1
    assert sum(setups.values()) == MANY - 1
    assert set(setups) <= {403, 429}  # 429: more hash passwords at once than have a place

    ada = signed_in(port)
    credential = ada.attestation()
    body = {"response": credential, "name": "Laptop"}
    assert at_once(lambda _: copy(ada).call("POST", PASSKEYS, body)) == {200: 1, 400: MANY - 1}
    assert len(ada.call("GET", PASSKEYS).body["passkeys"]) == 1

    browser = Client(port)
    browser.authenticator = ada.authenticator
    assertion = {"response": browser.assertion()}
    assert at_once(
        lambda _: copy(browser).call("POST", "/account/api/sign-in/passkey", assertion)
    ) == {
        200: 1,
        400: MANY - 1,
    }


def signed_in(port: int) -> Client:
    """Sign in the account that was first, whichever it is."""
    for n in range(MANY):
        client = Client(port)
        if (
            client.call(
                "POST", "/account/api/sign-in/password", {**ADA, "username": f"ada{n}"}
            ).status
            == 200
        ):
            return client
    raise AssertionError("nobody can sign in")


def test_a_passkey_with_a_counter_signs_in_from_many_tabs_at_once(
    port: int, database_url: str
) -> None:
    ada = Client(port)
    assert ada.call("POST", "/account/api/setup", ADA).status == 200
    ada.authenticator = live.Authenticator(
        backup_eligible=True, backed_up=True
    )  # such counters are only noted
    assert (
        ada.call("POST", PASSKEYS, {"response": ada.attestation(), "name": "Phone"}).status == 200
    )
    browser = Client(port)
    browser.authenticator = ada.authenticator
    assertions = [browser.assertion() for _ in range(MANY)]
    statuses = at_once(
        lambda n: copy(browser).call(
            "POST", "/account/api/sign-in/passkey", {"response": assertions[n]}
        )
    )
    assert statuses == {200: MANY}
    # the highest of all, whichever came last
    [(count,)] = query(database_url, "SELECT sign_count FROM passkeys")
    assert count == MANY


def test_the_same_credential_from_two_ceremonies_is_stored_once(port: int) -> None:
    ada = Client(port)
    assert ada.call("POST", "/account/api/setup", ADA).status == 200
    first = ada.attestation()
    key = ada.authenticator.credentials[-1]
    again = []
    for _ in range(MANY):
        options = ada.call("GET", f"{PASSKEYS}/options").body["options"]
        again.append(
            ada.authenticator.create(
                options, origin=f"http://localhost:{port}", credential_id=key.id
            )
        )
    bodies = [{"response": each, "name": "Laptop"} for each in [first, *again]]
    assert at_once(lambda n: copy(ada).call("POST", PASSKEYS, bodies[n])) == {200: 1, 400: MANY - 1}
