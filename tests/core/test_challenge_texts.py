"""A challenge is its exact text: random, and kept as a digest.

Of several requests that show it at once, one takes it.
"""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.core.webauthn.errors import ChallengeUnknown
from app.storage import database
from tests.authenticator import b64, unb64
from tests.conftest import close_database
from tests.core.refusals import refused
from tests.core.tabs import BOTH, Ceremony, binding
from tests.people import BINDING, ORIGIN, Person


@pytest.fixture
def holder(ada: Person) -> Person:
    """Somebody who has a passkey, and is signed in."""
    ada.add_passkey()
    return ada


MALFORMED: dict[str, Callable[[str], Any]] = {
    "padding": lambda text: text + "=",
    "a space": lambda text: text + " ",
    "noise": lambda text: text[:9] + "!" + text[9:],
    "in capitals": str.upper,
    "bits left over": lambda text: text[:-1] + chr(ord(text[-1]) + 1),
    "of bytes, encoded twice": lambda text: b64(text.encode()),
    "as base64": lambda text: text.replace("-", "+").replace("_", "/") + "=",
    "empty": lambda _: "",
    "of its client's own making": lambda _: b64(bytes(32)),
    "half a surrogate": lambda _: "\ud800",
    "a zero character": lambda text: text + "\0",
    "very long": lambda text: text * 500,
}


def as_ascii(change: Callable[[str], Any]) -> Callable[[bytes], bytes]:
    """Return the change of the challenge inside clientDataJSON, to any characters."""

    def rewrite(data: bytes) -> bytes:
        members = json.loads(data)
        return json.dumps(members | {"challenge": change(members["challenge"])}).encode()

    return rewrite


@BOTH
@pytest.mark.parametrize("name", MALFORMED)
def test_a_challenge_is_compared_exactly(holder: Person, ceremony: Ceremony, name: str) -> None:
    begin, finish = ceremony
    options = begin(holder)
    refused(
        lambda: finish(holder, options, client_data_bytes=as_ascii(MALFORMED[name])),
        ChallengeUnknown,
        left=1,
    )


@BOTH
def test_a_challenge_is_random_and_kept_as_its_digest_only(
    holder: Person, ceremony: Ceremony, rows: Any
) -> None:
    seen = [unb64(ceremony[0](holder)["challenge"]) for _ in range(3)]
    assert [len(each) for each in seen] == [32, 32, 32] and len(set(seen)) == 3
    kept = [bytes(digest) for (digest,) in rows("SELECT digest FROM challenges")]
    assert len(kept) == 3 and not set(kept) & set(seen)


def test_of_many_who_show_one_assertion_at_once_one_signs_in(holder: Person) -> None:
    assertion = holder.authenticator.get(holder.request_options(), origin=ORIGIN)
    cookie, codes, gate = binding(holder), list[int](), threading.Barrier(4)

    def show() -> None:
        person = Person(holder.app, "ada")
        person.browser.set_cookie(BINDING, cookie)
        gate.wait()
        codes.append(person.finish_sign_in(assertion).status_code)
        close_thread()

    threads = [threading.Thread(target=show) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 400, 400, 400]


def close_thread() -> None:
    """Close this thread's own connection; the end of the test closes a pool's."""
    if database.file():
        close_database()
