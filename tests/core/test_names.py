"""A passkey's name: trimmed, NFC, 1 to 100 characters, none of them deceptive.

Duplicates get a number.
"""

from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from app.core import text
from app.core.passkeys import PasskeyUnknown
from tests.core.refusals import refused, stored
from tests.people import PASSKEYS, Person

KEPT = {
    "Laptop": "Laptop",
    "  Laptop\t\n": "Laptop",
    "\u3000Laptop\u00a0": "Laptop",
    "Cafe\u0301": "Caf\u00e9",
    "ﬁ": "ﬁ",
    "a b": "a b",
    "👩\u200d💻": "👩\u200d💻",
    "<script>'\"; --": "<script>'\"; --",
    "x" * 100: "x" * 100,
    " " + "x" * 100 + " ": "x" * 100,
    "e\u0301" * 100: "é" * 100,
    "0": "0",
}


@pytest.mark.parametrize("given", KEPT, ids=lambda name: ascii(name)[:24])
def test_a_name_is_trimmed_and_normalised_and_kept(ada: Person, given: str) -> None:
    assert ada.add_passkey(given).status_code == 200
    assert [each["name"] for each in ada.passkeys()] == [KEPT[given]]


FAULTY = {
    "": "Give a name.",
    "  \t\n": "Give a name.",
    "\u3000": "Give a name.",
    "x" * 101: "Use at most 100 characters.",
    "x" * 1024: "Use at most 100 characters.",
    "a\0b": "Leave out control characters.",
    "a\nb": "Leave out control characters.",
    "a\x7fb": "Leave out control characters.",
    "a\x85b": "Leave out control characters.",
    "a\u2028b": "Leave out control characters.",
    "a\u2029b": "Leave out control characters.",
    "a\u202eb": "Leave out control characters.",
    "\u2066b": "Leave out control characters.",
    "a\u200e": "Leave out control characters.",
    "a\u061cb": "Leave out control characters.",
}


def is_refused(answer: TestResponse, given: str) -> None:
    """Assert that the name is refused with its fault, to whoever is signed in."""
    fault, said = FAULTY[given], dict(answer.json or {})
    assert said.pop("user").keys() == {"username", "handle"}
    told = {"error": "invalid_input", "message": f"name: {fault}", "fields": {"name": fault}}
    assert (answer.status_code, said) == (400, told)


@pytest.mark.parametrize("given", FAULTY, ids=lambda name: ascii(name)[:24])
def test_a_faulty_name_is_refused_and_nothing_stored(ada: Person, given: str) -> None:
    before = stored()
    answer = ada.add_passkey(given)
    is_refused(answer, given)
    assert stored() == before


@pytest.mark.parametrize("given", ["", "x" * 101, "a\nb"], ids=["empty", "long", "control"])
def test_a_passkey_is_not_renamed_to_a_faulty_name(ada: Person, given: str) -> None:
    ada.add_passkey()
    before = stored()
    answer = ada.rename(ada.passkeys()[0]["id"], given)
    is_refused(answer, given)
    assert stored() == before


@pytest.mark.parametrize(
    "body", [{"name": 7}, {"name": None}, {"name": ["x"]}, {"name": "x" * 1025}, {}], ids=str
)
def test_a_name_that_is_no_short_text_is_refused(ada: Person, body: dict[str, object]) -> None:
    before = stored()
    answer = ada.post(PASSKEYS, {"response": {"id": "x"}, **body})
    assert (answer.status_code, (answer.json or {})["error"]) == (400, "invalid_input")
    assert stored() == before


def test_a_half_surrogate_never_gets_as_far_as_a_name(ada: Person) -> None:
    body = b'{"response": {"id": "x"}, "name": "a\\ud800"}'
    answer = ada.call("POST", PASSKEYS, data=body, content_type="application/json")
    assert (answer.status_code, ada.passkeys()) == (400, [])
    assert text.fault_in("a\ud800", longest=100) == "Leave out control characters."


def test_duplicates_get_a_number(ada: Person) -> None:
    for _ in range(3):
        ada.add_passkey("Laptop")
    assert [each["name"] for each in ada.passkeys()] == ["Laptop", "Laptop 2", "Laptop 3"]


def test_the_first_number_that_is_free_is_taken(ada: Person) -> None:
    for name in ("Laptop", "Laptop 2", "Laptop 4", "Laptop", "Laptop"):
        ada.add_passkey(name)
    assert [each["name"] for each in ada.passkeys()][3:] == ["Laptop 3", "Laptop 5"]


def test_names_that_differ_in_their_encoding_only_are_duplicates(ada: Person) -> None:
    ada.add_passkey("Caf\u00e9")
    ada.add_passkey("Cafe\u0301 ")
    assert [each["name"] for each in ada.passkeys()] == ["Café", "Café 2"]


def test_a_number_keeps_a_name_within_its_length(ada: Person) -> None:
    for _ in range(2):
        ada.add_passkey("x" * 100)
    assert [each["name"] for each in ada.passkeys()] == ["x" * 100, "x" * 98 + " 2"]


def test_cutting_a_name_leaves_no_space_before_its_number() -> None:
    name = "x" * 97 + " yz"
    assert text.numbered(name, {name}) == "x" * 97 + " 2"


def test_two_people_may_use_one_name(ada: Person, bob: Person) -> None:
    ada.add_passkey("Laptop")
    bob.add_passkey("Laptop")
    assert [each["name"] for each in bob.passkeys()] == ["Laptop"]


def test_renaming_to_a_siblings_name_gets_a_number(ada: Person) -> None:
    ada.add_passkey("Laptop")
    ada.add_passkey("Phone")
    assert ada.rename(ada.passkeys()[1]["id"], "Laptop").status_code == 200
    assert [each["name"] for each in ada.passkeys()] == ["Laptop", "Laptop 2"]


def test_renaming_to_its_own_name_changes_nothing(ada: Person) -> None:
    ada.add_passkey("Laptop")
    ada.rename(ada.passkeys()[0]["id"], " Laptop ")
    assert [each["name"] for each in ada.passkeys()] == ["Laptop"]


BAD_IDS = ["x", "x" * 65, "x" * 1024, "a-b", "ä", "a\0", "' OR 1=1 --"]
TOUCHES = {
    "rename": lambda person, passkey_id: person.rename(passkey_id, "Mine"),
    "delete": lambda person, passkey_id: person.delete(passkey_id),
}


@pytest.mark.parametrize("verb", TOUCHES)
@pytest.mark.parametrize("identifier", BAD_IDS, ids=lambda value: ascii(value)[:12])
def test_a_passkey_that_there_is_not_cannot_be_touched(
    ada: Person, verb: str, identifier: str
) -> None:
    ada.add_passkey()
    refused(lambda: TOUCHES[verb](ada, quote(identifier)), PasskeyUnknown)


@pytest.mark.parametrize("verb", TOUCHES)
def test_somebody_elses_passkey_is_as_one_that_there_is_not(
    ada: Person, bob: Person, verb: str
) -> None:
    ada.add_passkey()
    identifier = ada.passkeys()[0]["id"]
    refused(lambda: TOUCHES[verb](bob, identifier), PasskeyUnknown)
