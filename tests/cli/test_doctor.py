"""flask doctor: its sentences say what is wrong, its exit code whether anything is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from app.core import clock
from app.operations import installation, rp_id_change
from app.operations.installation import Library
from app.storage import database
from app.storage.models import AuditEvent, Passkey, User
from tests.conftest import MakeApp, close_database
from tests.people import Person

SECRET = "correct horse battery staple, twice"
Examine = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def examine(make_app: MakeApp) -> Examine:
    """Return a function that runs the doctor with these settings.

    It returns the exit code and what the doctor found.
    """

    def examine(**settings: Any) -> tuple[int, dict[str, Any]]:
        result = make_app(**settings).test_cli_runner().invoke(args=["doctor", "--json"])
        return result.exit_code, json.loads(result.stdout)

    return examine


def words(report: dict[str, Any], level: str) -> str:
    found = [each for each in report["findings"] if each["level"] == level]
    return "\n".join(f"{each['about']}: {each['words']}" for each in found)


HTTPS = {"RP_ID": "auth.example.com", "TRUSTED_PROXIES": "127.0.0.1", "RATE_LIMITS": "on"}


def test_a_sound_installation_has_no_fault_and_no_warning(examine: Examine) -> None:
    code, report = examine(**HTTPS)
    assert (code, report["ok"]) == (0, True)
    assert words(report, "fault") == words(report, "warning") == ""
    assert {each["about"] for each in report["findings"]} == {
        *("settings", "origins", "database", "passkeys", "second factors"),
        *("secret key", "clock", "permissions", "versions"),
    }


def test_people_read_sentences(make_app: MakeApp) -> None:
    result = make_app(**HTTPS).test_cli_runner().invoke(args=["doctor"])
    assert "OK       database: It answers and is up to date" in result.stdout
    assert result.stdout.endswith("No faults, no warnings.\n")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {"RP_ID": "localhost"},
            "origins: http://localhost:8000: other machines' browsers offer no passkeys",
        ),
        (
            {**HTTPS, "TRUSTED_PROXIES": ""},
            "settings: The origins are https and no proxy is trusted",
        ),
        ({**HTTPS, "RATE_LIMITS": "off"}, "RATE_LIMITS is off"),
        ({**HTTPS, "REGISTRATION": "open"}, "Anyone may register"),
        ({**HTTPS, "ALLOW_STRANDED_PASSKEYS": "on"}, "ALLOW_STRANDED_PASSKEYS is still on"),
        (
            {**HTTPS, "RELATED_ORIGINS": ",".join(f"https://x{n}.org" for n in range(6))},
            "6 related hosts; browsers need to honour 5",
        ),
    ],
)
def test_what_deserves_a_thought_is_a_warning(
    examine: Examine, settings: dict[str, str], says: str
) -> None:
    code, report = examine(**settings)
    assert code == 0
    assert says in words(report, "warning")


def test_a_server_that_is_not_on_loopback_needs_no_proxy(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSLINE_BIND", "0.0.0.0:8000")
    _, report = examine(**{**HTTPS, "TRUSTED_PROXIES": ""})
    assert "no proxy is trusted" not in words(report, "warning")


def test_every_setting_is_listed_with_its_origin_and_no_secret(
    examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(SECRET)
    monkeypatch.setenv("PASSLINE_SECRET_KEY_FILE", str(tmp_path / "key"))
    _, report = examine(METRICS="a-token-of-many-letters")
    listed = {each["setting"]: (each["value"], each["from"]) for each in report["settings"]}
    assert listed["PASSLINE_RP_ID"] == ("localhost", "default")
    assert listed["PASSLINE_RATE_LIMITS"] == ("off", "environment")
    assert listed["PASSLINE_SECRET_KEY"] == ("(not shown)", str(tmp_path / "key"))
    assert listed["PASSLINE_METRICS"][0] == listed["PASSLINE_DATABASE_URL"][0] == "(not shown)"
    assert SECRET not in json.dumps(report)
    assert "a-token" not in json.dumps(report)


def test_a_database_that_is_behind_is_a_fault_and_stays_so(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSLINE_DATABASE_URL", database_url)
    try:
        for _ in range(2):
            result = create_app(upgrade=False).test_cli_runner().invoke(args=["doctor"])
            assert result.exit_code == 1
            assert "It lacks 0001_initial" in result.stdout
            close_database()
    finally:
        close_database()


def test_a_database_that_does_not_answer_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSLINE_DATABASE_URL", "postgresql://127.0.0.1:9/nothing")
    try:
        result = create_app(upgrade=False).test_cli_runner().invoke(args=["doctor"])
        assert result.exit_code == 1
        assert "database: It cannot be used (" in result.stdout
        assert "Traceback" not in result.output
    finally:
        close_database()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_cannot_be_written_is_a_fault(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    database.disconnect()
    database.db.obj._pragmas.append(("query_only", 1))
    result = app.test_cli_runner().invoke(args=["doctor"])
    assert result.exit_code == 1
    assert "readonly" in result.stdout


def test_stranded_passkeys_are_counted_and_a_fault_where_they_lock_somebody_out(
    examine: Examine, ada: Person
) -> None:
    ada.add_passkey()
    _, report = examine()
    assert "passkeys: All are bound to localhost" in words(report, "ok")
    code, report = examine(RP_ID="auth.localhost")
    assert code == 0
    assert "passkeys: 1 cannot sign in: they are bound to localhost" in words(report, "warning")
    User.update(password_hash=None).execute()
    code, report = examine(RP_ID="auth.localhost", ALLOW_STRANDED_PASSKEYS="on")
    assert code == 1
    assert "1 person has no other way in" in words(report, "fault")


def test_a_key_that_is_not_the_database_s_is_a_fault(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSLINE_SECRET_KEY", SECRET)
    close_database()  # the app that is made has a connection of its own
    result = create_app(upgrade=False).test_cli_runner().invoke(args=["doctor", "--json"])
    assert result.exit_code == 1
    found = words(json.loads(result.stdout), "fault")
    assert "secret key: PASSLINE_SECRET_KEY: it is not the key that the database" in found
    assert "put that one back" in found


def test_files_that_others_may_open_are_told_with_the_fix(examine: Examine, tmp_path: Path) -> None:
    examine()
    (tmp_path / "data/secret_key").chmod(0o644)
    (tmp_path / "data").chmod(0o755)
    _, report = examine()
    assert f"run: chmod go= {tmp_path}/data/secret_key" in words(report, "warning")
    assert f"run: chmod go= {tmp_path}/data\n" in words(report, "warning") + "\n"


def test_a_clock_that_was_set_back_is_told(examine: Examine, ada: Person) -> None:
    AuditEvent.update(at=clock.now() + clock.DAY).execute()
    assert "clock: It is behind the newest event" in words(examine()[1], "warning")


def test_a_library_that_is_too_old_too_new_or_missing_is_named() -> None:
    found = [
        Library("a", "1.9.12", ">=1.10"),
        Library("b", None, ">=2"),
        Library("c", "50.0.1", ">=50"),
        Library("d", "3", ">=3.0"),
        Library("e", "28.0", ">=27.0.1,<28"),
    ]
    assert [each.split()[0] for each in installation.outdated(found)] == ["a", "b", "e"]


def test_without_an_installation_nothing_is_vouched_for(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "libraries", lambda **_: [])
    _, report = examine(**HTTPS)
    assert "versions: They cannot be checked" in words(report, "warning")
    assert "versions" not in words(report, "ok")


def test_a_checkout_that_has_changed_since_it_was_installed_is_noticed(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "is_stale", lambda: True)
    assert "versions: They cannot be checked" in words(examine(**HTTPS)[1], "warning")


def test_a_build_of_python_between_two_versions_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation.platform, "python_version", lambda: "3.13.0+")
    assert installation.outdated(installation.libraries(driver=None)) == []


def test_the_driver_of_the_database_is_among_the_libraries() -> None:
    names = [each.name for each in installation.libraries(driver="psycopg")]
    assert "psycopg" in names
    assert "psycopg" not in [each.name for each in installation.libraries(driver=None)]


def test_the_libraries_are_those_of_setup_cfg(examine: Examine) -> None:
    names = {each["name"] for each in examine()[1]["versions"]}
    assert {"python", "flask", "webauthn", "cryptography", "peewee", "prometheus-client"} <= names
    assert "pytest" not in names


def test_passkeys_are_found_by_an_index(app: Any, rows: Any) -> None:
    assert rp_id_change.find("localhost") == (0, [], 0)
    assert Passkey.rp_id.index
