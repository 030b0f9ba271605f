"""What a client sends in a ceremony is decoded once by us, on every way in."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.core.webauthn import authenticator_data, client_data, encoding, relying_party
from tests.clerk.client import Clerk
from tests.people import Person

Decoded = Counter[str]


def refuse(*_: Any) -> None:
    raise AssertionError("the library decodes base64url again")


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Decoded]:
    """Count the texts of base64url, and the JSON and CBOR, that are decoded."""
    counted = Decoded()

    def counting(name: str, decode: Callable[..., Any]) -> Callable[..., Any]:
        def count(data: Any, **options: Any) -> Any:
            counted[f"{name} {data!r}"] += 1
            return decode(data, **options)

        return count

    texts = counting("base64url", encoding.from_base64url)
    monkeypatch.setattr(client_data, "from_base64url", texts)
    monkeypatch.setattr(relying_party, "from_base64url", texts)
    monkeypatch.setattr(client_data, "json_object", counting("JSON", encoding.json_object))
    objects = counting("CBOR", authenticator_data.attestation_object)
    monkeypatch.setattr(authenticator_data, "attestation_object", objects)
    # The library is given bytes: it has no text to decode again.
    for name in ("registration", "authentication"):
        module = sys.modules[f"webauthn.{name}.verify_{name}_response"]
        monkeypatch.setattr(module, f"parse_{name}_credential_json", refuse)
    yield counted


def is_once(decoded: Decoded, *, texts: int, objects: int) -> None:
    """Assert that nothing was decoded twice, and that so many things were at all."""
    assert set(decoded.values()) == {1}, decoded
    kinds = Counter(each.split(" ")[0] for each in decoded)
    assert (kinds["base64url"], kinds["JSON"], kinds["CBOR"]) == (texts, 1, objects)


def test_in_a_registration(ada: Person, decoded: Decoded) -> None:
    assert ada.add_passkey().status_code == 200
    # clientDataJSON, attestationObject, the id and the challenge
    is_once(decoded, texts=4, objects=1)


def test_in_a_sign_in(ada: Person, decoded: Decoded) -> None:
    ada.add_passkey()
    decoded.clear()
    assert ada.sign_in().status_code == 200
    # clientDataJSON, authenticatorData, signature, userHandle, the id and the challenge
    is_once(decoded, texts=6, objects=0)


@pytest.mark.clerk
def test_in_clerks_attempt(ada: Person, decoded: Decoded) -> None:
    clerk = Clerk(ada)
    begun = clerk.begin()
    assert clerk.attempt(begun, clerk.credential(begun)).status_code == 200
    is_once(decoded, texts=4, objects=1)
