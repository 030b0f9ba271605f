"""New passwords: none of the commonest, none of a list, and not only spaces."""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from app.core import password_policy, profile
from app.errors import InvalidInput
from app.settings.hash_file import line_from
from app.storage.models import User
from tests.conftest import MakeApp
from tests.people import API, PASSWORD, Person

COMMON = {"password": "This password is one of the commonest. Choose another one."}
UNSEEN = {"password": "Use characters that can be seen, too."}
LISTED = "Tr0ub4dor&3 and more"


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest()


@pytest.fixture
def blocklist(tmp_path: Path) -> Path:
    """A sorted list of 1,001 hashes, one of them of `LISTED`."""
    hashes = sorted(sha1(each) for each in [LISTED, *(f"password {n}" for n in range(1000))])
    path = tmp_path / "pwned.txt"
    path.write_text("".join(f"{each.upper()}:{n}\r\n" for n, each in enumerate(hashes)))
    return path


@pytest.fixture
def listing(make_app: MakeApp, blocklist: Path) -> Flask:
    """An app with that list."""
    return make_app(PASSWORD_BLOCKLIST=blocklist)


def faults(person: Person, password: str, verb: str = "setup") -> dict[str, str]:
    """Return what is said about an account's password, by field."""
    person.password = password
    answer = person.post(f"{API}/{verb}", person.credentials())
    return dict((answer.json or {}).get("fields", {}))


@pytest.mark.parametrize(
    "password", ["password", "PassWord", "12345678", "qwertyuiop", " password1 "], ids=repr
)
def test_a_common_password_is_refused_in_any_case(app: Flask, password: str) -> None:
    assert faults(Person(app, "ada"), password) == COMMON


def test_the_entries_beyond_ascii_are_found_although_normalising_changes_them(app: Flask) -> None:
    entries = password_policy._COMMONEST.read_text("utf-8").splitlines()
    beyond = [entry for entry in entries if not entry.isascii()]
    assert beyond
    assert all(password_policy._is_common(entry.upper()) for entry in beyond)


def test_every_entry_is_long_enough_to_matter() -> None:
    entries = password_policy._COMMONEST.read_text("utf-8").splitlines()
    assert len(entries) == len(set(entries)) > 8000
    assert min(map(len, entries)) == password_policy.SHORTEST


@pytest.mark.parametrize(
    "password",
    [" " * 8, "\t" * 8, "\u3000" * 9, "\u200b" * 8, " \ufeff" * 4, "\u2800" * 8],
    ids=ascii,
)
def test_a_password_of_nothing_that_can_be_seen_is_refused(app: Flask, password: str) -> None:
    assert faults(Person(app, "ada"), password) == UNSEEN


def test_registration_refuses_them_too(make_app: MakeApp) -> None:
    app = make_app(REGISTRATION="open")
    Person(app, "ada").set_up()
    assert faults(Person(app, "bob"), "iloveyou1", "registration") == COMMON


@pytest.mark.zipline
def test_a_change_of_password_refuses_them_too(ada: Person) -> None:
    answer = ada.call("PATCH", "/api/user", {"password": "Password1"})
    assert (answer.status_code, (answer.json or {})["code"]) == (400, 1000)
    assert ada.log_in(PASSWORD).status_code == 200


def test_the_commands_refuse_them_too(ada: Person) -> None:
    runner = ada.app.test_cli_runner()
    for command in (["user", "create", "bob"], ["user", "passwd", "ada"]):
        result = runner.invoke(args=[*command, "--password-stdin"], input="sunshine1\n")
        assert result.exit_code == 1, command
        assert COMMON["password"] in result.output


def test_who_has_one_already_signs_in_all_the_same(ada: Person) -> None:
    hashed = ada.context().service.passwords.hash("password")
    User.update(password_hash=hashed).execute()
    assert ada.log_in("password").status_code == 200


def test_a_password_of_the_operators_list_is_refused(listing: Flask) -> None:
    assert faults(Person(listing, "ada"), LISTED) == COMMON
    assert faults(Person(listing, "ada"), LISTED.lower()) == {}


def test_the_list_is_asked_for_the_password_as_it_is_hashed(
    make_app: MakeApp, tmp_path: Path
) -> None:
    (tmp_path / "list").write_text(sha1("sch\u00f6nes Wetter") + "\n")
    app = make_app(PASSWORD_BLOCKLIST=tmp_path / "list")
    assert faults(Person(app, "ada"), "scho\u0308nes Wetter") == COMMON


@pytest.mark.parametrize("ending", ["\n", "\r\n", ":7\n"], ids=ascii)
@pytest.mark.parametrize("case", [str.upper, str.lower])
@pytest.mark.parametrize("count", [1, 2, 3, 64, 257])
def test_every_entry_of_a_list_of_either_form_is_found_and_nothing_else(
    tmp_path: Path, count: int, case: Callable[[str], str], ending: str
) -> None:
    words = [f"word {n}" for n in range(2 * count)]
    path, entries = tmp_path / "list", sorted(sha1(word) for word in words[::2])
    path.write_bytes("".join(case(entry) + ending for entry in entries).encode())
    found = [password_policy._is_listed(word, path) for word in words]
    assert found == [True, False] * count
    path.write_bytes(path.read_bytes().rstrip())  # the last line may have no end
    assert [password_policy._is_listed(word, path) for word in words] == found


def test_a_large_file_takes_few_reads(tmp_path: Path) -> None:
    path, size = tmp_path / "sparse", 40 << 30
    with path.open("wb") as file:  # the space between the first and the last line is unwritten
        file.write(f"{'0' * 40}\n".encode())
        file.truncate(size)
        file.seek(size - 41)
        file.write(f"{'F' * 40}\n".encode())
    before = _read_calls()
    password_policy._is_listed(LISTED, path)
    assert _read_calls() - before < 200


def _read_calls() -> int:
    io = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(io["syscr"])


def test_a_list_that_vanishes_refuses_nobody_and_the_log_says_so(
    listing: Flask, blocklist: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocklist.unlink()
    with caplog.at_level(logging.ERROR):
        assert faults(Person(listing, "ada"), LISTED) == {}
    assert "PASSLINE_PASSWORD_BLOCKLIST cannot be read" in caplog.text
    assert LISTED not in caplog.text


def test_a_list_that_is_replaced_is_used_at_once(listing: Flask, blocklist: Path) -> None:
    blocklist.write_text(sha1(PASSWORD) + "\n")
    settings = listing.extensions["passline"].settings
    with pytest.raises(InvalidInput):
        profile.check_password(PASSWORD, username="ada", settings=settings)


def test_lines_are_read_from_where_they_begin(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"aa\nbb\ncc")
    with (tmp_path / "list").open("rb") as file:
        lines = [line_from(file, place) for place in range(9)]
    assert lines == [b"aa\n", *[b"bb\n"] * 3, *[b"cc"] * 3, b"", b""]
