"""The secret key and the database belong together: what every start sees to.

What version 1 has sealed is sealed anew, once, and then refused.
"""

import base64
import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask

from app import create_app
from app.core import signing_keys
from app.core.account_errors import TokenUnreadable
from app.core.sealing import Place
from app.operations import resealing
from app.storage.models import TABLES, Fact, SigningKey, User
from tests.conftest import MakeApp
from tests.live import ROOT, free_port
from tests.people import Person

Rows = Callable[..., list[tuple[Any, ...]]]
ANOTHER = "correct horse battery staple, twice"
WRONG = (
    "is not the key that the database is used with; put that one back, or run `flask keys adopt`"
)


def version_1(text: str, key: bytes) -> bytes:
    """Seal as version 1 did: with one key for everything, and for no place."""
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"passline api token")
    return Fernet(base64.urlsafe_b64encode(hkdf.derive(key))).encrypt(text.encode())


def key_file(tmp_path: Path) -> Path:
    """Return the file of the secret key."""
    return tmp_path / "data/secret_key"


def back_to_version_1(app: Flask, key: bytes) -> None:
    """Leave the database as version 1 did, with the secrets that it has."""
    seal = app.extensions["passline"].seal
    for field in resealing.SEALED:
        table: Any = field.model
        for row in table.select(table.id, field):
            text = seal.open(bytes(getattr(row, field.name)), Place.of(field, row.id))
            old = {field: version_1(text, key)}
            table.update(old).where(table.id == row.id).execute()
    Fact.delete().execute()


def versions() -> set[int]:
    """Return the first bytes of all sealed values."""
    return {
        bytes(sealed)[0]
        for field in resealing.SEALED
        for (sealed,) in field.model.select(field).tuples()
    }


def state() -> list[Any]:
    """Return all that a start may write."""
    return [sorted(table.select().tuples(), key=str) for table in (User, SigningKey, Fact)]


@pytest.fixture
def people(bob: Person, ada: Person) -> tuple[Person, Person]:
    """Two accounts, and a signing key."""
    signing_keys.sign({"sub": "x"}, service=ada.context().service)
    return ada, bob


def test_an_api_token_from_another_row_is_not_read(people: tuple[Person, Person]) -> None:
    ada, bob = people
    theirs = User.get(User.username == "ada").token_sealed
    User.update(token_sealed=theirs).where(User.username == "bob").execute()
    with pytest.raises(TokenUnreadable):
        bob.api_token()
    assert ada.api_token()


@pytest.mark.zipline
def test_a_token_that_cannot_be_read_is_an_answer_and_can_be_replaced(ada: Person) -> None:
    User.update(token_sealed=b"altered").execute()
    answer = ada.get("/api/user/token")
    assert (answer.status_code, "Make a new one." in answer.text) == (400, True)
    new = (ada.call("PATCH", "/api/user/token").json or {})["token"]
    assert (ada.get("/api/user/token").json or {})["token"] == new


def test_the_first_start_seals_anew_what_version_1_has_sealed(
    people: tuple[Person, Person], make_app: MakeApp, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(resealing, "BATCH", 1)
    tokens = [each.api_token() for each in people]
    published = signing_keys.key_set(service=people[0].context().service)
    back_to_version_1(people[0].app, key_file(tmp_path).read_bytes())
    assert versions() == {ord("g")}
    app = make_app()
    assert versions() == {2}
    assert [Person(app, each.username).api_token() for each in people] == tokens
    service = app.extensions["passline"]
    signing_keys.sign({"sub": "x"}, service=service)
    assert signing_keys.key_set(service=service) == published


def test_a_start_that_was_interrupted_is_finished_by_the_next(
    people: tuple[Person, Person], make_app: MakeApp, tmp_path: Path
) -> None:
    tokens = [each.api_token() for each in people]
    done = User.get(User.username == "bob").token_sealed
    back_to_version_1(people[0].app, key_file(tmp_path).read_bytes())
    User.update(token_sealed=done).where(User.username == "bob").execute()
    app = make_app()
    assert versions() == {2}
    assert [Person(app, each.username).api_token() for each in people] == tokens


def test_what_version_1_has_sealed_is_refused_after_the_first_start(
    people: tuple[Person, Person], make_app: MakeApp, tmp_path: Path
) -> None:
    ada, bob = people
    kept = version_1(ada.api_token(), key_file(tmp_path).read_bytes())
    User.update(token_sealed=kept).where(User.username == "bob").execute()
    with pytest.raises(TokenUnreadable):
        bob.api_token()
    app = make_app()
    with pytest.raises(TokenUnreadable):
        Person(app, "bob").api_token()


def test_a_later_start_writes_nothing_and_reads_no_sealed_value(
    people: tuple[Person, Person], make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "peewee")
    make_app()
    statements = [str(record.msg) for record in caplog.records if record.name == "peewee"]
    assert len(statements) > 3
    assert not [each for each in statements if "INSERT" in each or "UPDATE" in each]
    assert not [each for each in statements if "_sealed" in each]


def test_what_an_earlier_key_has_sealed_stays_unread_and_is_told(
    people: tuple[Person, Person],
    make_app: MakeApp,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    token = people[1].api_token()
    back_to_version_1(people[0].app, key_file(tmp_path).read_bytes())
    earlier = version_1("of long ago", ANOTHER.encode())
    User.update(token_sealed=earlier).where(User.username == "ada").execute()
    app = make_app()
    assert "1 sealed values do not open" in capsys.readouterr().err
    assert Person(app, "bob").api_token() == token
    with pytest.raises(TokenUnreadable):
        Person(app, "ada").api_token()


def refused(make_app: MakeApp, capsys: pytest.CaptureFixture[str], **settings: str) -> str:
    """Start, see the refusal, and return what it says."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        make_app(**settings)
    assert ended.value.code == 3
    return capsys.readouterr().err


def test_a_start_with_another_key_is_refused(
    people: Any, make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state()
    assert f"PASSLINE_SECRET_KEY: it {WRONG}" in refused(make_app, capsys, SECRET_KEY=ANOTHER)
    assert state() == before


def test_a_start_with_another_key_in_the_file_is_refused(
    people: Any, make_app: MakeApp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key_file(tmp_path).write_text(ANOTHER)
    said = refused(make_app, capsys)
    assert f"PASSLINE_DATA_DIR: {key_file(tmp_path)} {WRONG}" in said
    assert ANOTHER not in said


def test_where_nothing_is_sealed_yet_another_key_is_refused_all_the_same(
    app: Flask, make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    assert WRONG in refused(make_app, capsys, SECRET_KEY=ANOTHER)


def test_a_key_that_opens_nothing_of_version_1_is_refused(
    people: tuple[Person, Person],
    make_app: MakeApp,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    back_to_version_1(people[0].app, key_file(tmp_path).read_bytes())
    before = state()
    assert WRONG in refused(make_app, capsys, SECRET_KEY=ANOTHER)
    assert state() == before
    assert make_app(SECRET_KEY="")


def test_an_altered_check_value_is_refused(
    people: Any, make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    Fact.update(value=b"altered").where(Fact.name == "secret_key").execute()
    assert WRONG in refused(make_app, capsys)


def test_a_key_file_that_others_may_open_is_told_once(
    app: Flask, make_app: MakeApp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key_file(tmp_path).chmod(0o644)
    capsys.readouterr()
    make_app()
    assert capsys.readouterr().err.count("is open to other users; run: chmod 600") == 1


@pytest.mark.parametrize("left", ["a check value", "sealed values", "both"])
def test_a_lost_key_is_not_replaced(
    app: Flask, make_app: MakeApp, tmp_path: Path, capsys: pytest.CaptureFixture[str], left: str
) -> None:
    if left != "a check value":
        Person(app, "ada").set_up()
    if left == "sealed values":
        Fact.delete().execute()
    key_file(tmp_path).unlink()
    before = state()
    said = refused(make_app, capsys)
    assert f"PASSLINE_DATA_DIR: {key_file(tmp_path)} is missing, the secret key" in said
    assert "put it back, there or in PASSLINE_SECRET_KEY, or run `flask keys adopt`" in said
    assert state() == before
    assert not key_file(tmp_path).exists()


def test_the_key_may_move_into_the_settings(people: Any, make_app: MakeApp, tmp_path: Path) -> None:
    key = key_file(tmp_path).read_text()
    key_file(tmp_path).unlink()
    assert Person(make_app(SECRET_KEY=key), "ada").api_token()
    assert not key_file(tmp_path).exists()


def test_the_check_value_does_not_hold_the_key(app: Flask, tmp_path: Path, rows: Rows) -> None:
    [(value,)] = rows("SELECT value FROM facts WHERE name = 'secret_key'")
    assert key_file(tmp_path).read_bytes() not in bytes(value)
    assert len(bytes(value)) == 1 + 12 + len("secret_key") + 16


def test_every_sealed_column_is_known_to_the_start() -> None:
    fields = [field for table in TABLES for field in table._meta.sorted_fields]
    assert {field for field in fields if field.name.endswith("_sealed")} == set(resealing.SEALED)


def started_at_once(database_url: str, folders: list[Path]) -> Counter[int]:
    """Start a process with each DATA_DIR at once, and count their exit codes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PASSLINE_")}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", "import app; app.create_app()"],
            cwd=ROOT,
            env=kept | {"PASSLINE_DATABASE_URL": database_url, "PASSLINE_DATA_DIR": str(folder)},
            stderr=subprocess.PIPE,
        )
        for folder in folders
    ]
    said = [process.communicate()[1].decode() for process in processes]
    assert all(
        "put " in text for text, each in zip(said, processes, strict=True) if each.returncode
    )
    return Counter(process.returncode for process in processes)


@pytest.mark.slow
def test_of_several_nodes_that_start_at_once_with_keys_of_their_own_one_wins(
    database_url: str, tmp_path: Path
) -> None:
    nodes = [tmp_path / f"node-{number}" for number in range(4)]
    for node in nodes[:2]:
        node.mkdir(mode=0o700)
        (node / "secret_key").write_text(f"the secret key of the node {node.name}")
        (node / "secret_key").chmod(0o600)
    assert started_at_once(database_url, nodes) == {0: 1, 3: 3}
    made = [node for node in nodes[2:] if (node / "secret_key").exists()]
    assert len(made) <= 1  # whoever finds the database in use makes no key


@pytest.mark.slow
def test_processes_of_one_node_that_start_at_once_agree(database_url: str, tmp_path: Path) -> None:
    assert started_at_once(database_url, [tmp_path / "data"] * 4) == {0: 4}


@pytest.mark.slow
def test_gunicorn_ends_with_code_3_and_the_sentence(
    people: Any, database_url: str, tmp_path: Path
) -> None:
    ours = {"DATABASE_URL": database_url, "SECRET_KEY": ANOTHER, "DATA_DIR": str(tmp_path / "data")}
    env = os.environ | {f"PASSLINE_{name}": value for name, value in ours.items()}
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "wsgi:app"],
        cwd=ROOT,
        env=env | {"PORT": str(free_port())},
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert f"PASSLINE_SECRET_KEY: it {WRONG}" in done.stderr
    assert "Listening" not in done.stderr


def test_an_app_that_is_made_for_commands_makes_no_key(make_app: MakeApp, tmp_path: Path) -> None:
    assert create_app(upgrade=False)
    assert not key_file(tmp_path).exists()
