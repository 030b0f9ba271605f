"""flask keys adopt, and what commands do when the secret key is not the database's."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from app import create_app
from app.core import check_value, signing_keys
from app.storage.models import SigningKey, User
from tests.conftest import MakeApp, close_database
from tests.people import Person

ANOTHER = "correct horse battery staple, twice"
Command = Callable[..., Result]


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """The file of the secret key."""
    return tmp_path / "data/secret_key"


@pytest.fixture
def command(bob: Person, key_file: Path) -> Command:
    """Run a command that finds two accounts, a signing key, and no secret key."""
    signing_keys.sign({"sub": "x"}, service=bob.context().service)
    key_file.unlink()

    def run(*words: str, typed: str = "") -> Result:
        close_database()
        runner = create_app(upgrade=False).test_cli_runner()
        result = runner.invoke(args=list(words), input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


def secrets() -> list[Any]:
    """Return what an adoption replaces."""
    users = User.select(User.id, User.token_digest, User.token_sealed).order_by(User.id)
    return [*users.tuples(), *SigningKey.select().order_by(SigningKey.id).tuples()]


NEW = "correct horse battery"


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (("user", "create", "cid", "--password-stdin"), NEW),
        (("user", "passwd", "ada", "--password-stdin"), NEW),
        (("keys", "rotate"), ""),
        (("invite", "create"), ""),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_without_the_key_a_command_is_refused_with_the_sentence_of_the_start(
    command: Command, key_file: Path, words: tuple[str, ...], typed: str
) -> None:
    before = secrets()
    refused = command(*words, typed=typed)
    assert refused.exit_code == 1
    assert f"Error: PASSLINE_DATA_DIR: {key_file} is missing" in refused.output
    assert secrets() == before
    assert not key_file.exists()


def test_with_another_key_a_command_is_refused(command: Command, monkeypatch: Any) -> None:
    monkeypatch.setenv("PASSLINE_SECRET_KEY", ANOTHER)
    refused = command("user", "create", "cid", "--password-stdin", typed=NEW)
    assert refused.exit_code == 1
    assert "Error: PASSLINE_SECRET_KEY: it is not the key that the database" in refused.output


@pytest.mark.parametrize("words", [("db", "status"), ("db", "upgrade")])
def test_without_the_key_what_may_help_still_runs(
    command: Command, key_file: Path, words: tuple[str, ...]
) -> None:
    assert command(*words).exit_code == 0
    assert not key_file.exists()


def test_the_doctor_tells_that_the_key_is_lost(command: Command, key_file: Path) -> None:
    done = command("doctor")
    assert done.exit_code == 1
    assert f"FAULT    secret key: PASSLINE_DATA_DIR: {key_file} is missing" in done.output
    assert "run `flask keys adopt`" in done.output
    assert not key_file.exists()


def test_the_doctor_tells_what_is_wrong_with_the_file(command: Command, key_file: Path) -> None:
    key_file.write_text("hunter2")
    done = command("doctor")
    assert done.exit_code == 1
    assert f"secret key: PASSLINE_DATA_DIR: {key_file}: the secret is too short" in done.output
    assert "hunter2" not in done.output


def test_without_a_yes_adopting_says_what_it_costs_and_writes_nothing(
    command: Command, key_file: Path
) -> None:
    before = secrets()
    told = command("keys", "adopt")
    assert told.exit_code == 1
    assert "The API tokens of 2 accounts are revoked" in told.output
    assert "Sessions, passwords and passkeys stay." in told.output
    assert "confirm with --yes" in told.output
    assert secrets() == before
    assert not key_file.exists()


def test_adopting_replaces_tokens_and_the_signing_key_and_leaves_the_rest(
    command: Command, key_file: Path, ada: Person, bob: Person, make_app: MakeApp, rows: Any
) -> None:
    ada.add_passkey()
    old = ada.api_token()
    [before] = SigningKey.select()
    told = json.loads(command("keys", "adopt", "--yes", "--json").stdout)
    assert (told["tokens"], told["kid"] == before.id) == (2, False)
    assert told["old_keys_published_until"].endswith("Z")
    assert len(key_file.read_text()) == 43
    app = make_app()
    for person in (ada, bob):
        new = Person(app, person.username).api_token()
        assert new != old
        person.app, person.browser.application = app, app
        assert person.signed_in()
        assert person.log_in().status_code == 200
    assert ada.sign_in().status_code == 200
    published = signing_keys.key_set(service=app.extensions["passline"])["keys"]
    assert {each["kid"] for each in published} == {before.id, told["kid"]}
    events = rows("SELECT event, address, detail FROM audit_events ORDER BY id")
    assert ("service:signing_key:rotated", "command line", told["kid"]) in events
    assert ("service:secret_key:adopted", "command line", "2 API tokens were replaced") in events


@pytest.mark.zipline
def test_adopting_revokes_the_api_tokens_of_before(
    command: Command, bob: Person, make_app: MakeApp
) -> None:
    headers = {"Authorization": (bob.get("/api/user/token").json or {})["token"]}
    assert command("keys", "adopt", "--yes").exit_code == 0
    stranger = make_app().test_client()
    assert stranger.get("/api/user", headers=headers).status_code == 401
    headers = {"Authorization": Person(stranger.application, "bob").api_token()}
    assert stranger.get("/api/user", headers=headers).status_code == 200


def test_the_key_in_the_settings_is_adopted(
    command: Command, key_file: Path, monkeypatch: Any, make_app: MakeApp
) -> None:
    monkeypatch.setenv("PASSLINE_SECRET_KEY", ANOTHER)
    done = command("keys", "adopt", "--yes")
    assert "The API tokens of 2 accounts are revoked." in done.stdout
    assert "It is the one that the database is used with" in command("doctor").stdout
    assert make_app(SECRET_KEY=ANOTHER)
    assert not key_file.exists()


def test_where_the_key_is_the_database_s_there_is_nothing_to_adopt(command: Command) -> None:
    assert command("keys", "adopt", "--yes").exit_code == 0
    before = secrets()
    for words in (("keys", "adopt"), ("keys", "adopt", "--yes")):
        again = command(*words)
        assert (again.exit_code, again.stdout) == (
            0,
            "This is the database's secret key already.\n",
        )
    assert secrets() == before


def test_an_adoption_that_fails_has_changed_nothing(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Any) -> None:
        raise OSError("the power went")

    before = secrets()
    with monkeypatch.context() as broken:
        broken.setattr(check_value, "write", fail)
        failed = command("keys", "adopt", "--yes")
    assert (failed.exit_code, "the power went" in failed.output) == (1, True)
    assert secrets() == before
    assert json.loads(command("keys", "adopt", "--yes", "--json").stdout)["tokens"] == 2
