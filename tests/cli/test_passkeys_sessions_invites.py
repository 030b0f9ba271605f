"""flask passkey, session and invite: list, create and end them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from app.storage.models import Fact
from tests.cli.conftest import Run
from tests.cli.test_db import flask
from tests.conftest import MakeApp, close_database
from tests.live import server
from tests.people import PASSWORD, Person

Told = Callable[..., Any]


def test_passkeys_are_listed_and_deleted(told: Told, run: Run, ada: Person, rows: Any) -> None:
    assert run("passkey", "list", "ada").stdout == "No passkeys.\n"
    ada.add_passkey("Laptop")
    [passkey] = told("passkey", "list", "ada")
    assert (passkey["name"], passkey["rp_id"]) == ("Laptop", "localhost")
    assert (passkey["usable"], passkey["synced"]) == (True, False)
    assert "Laptop" in run("passkey", "list", "ada").stdout
    run("passkey", "delete", "ada", passkey["id"], typed="n\n", fails=True)
    run("passkey", "delete", "ada", passkey["id"], "--yes")
    assert ada.passkeys() == []
    audited = rows("SELECT event, address FROM audit_events ORDER BY id")[-1]
    assert audited == ("account:passkey:deleted", "command line")


def test_a_passkey_of_somebody_else_is_not_deleted(told: Told, run: Run, bob: Person) -> None:
    bob.add_passkey()
    [passkey] = told("passkey", "list", "bob")
    result = run("passkey", "delete", "ada", passkey["id"], "--yes", fails=True)
    assert "no passkey with this id" in result.output
    assert len(bob.passkeys()) == 1


def test_a_passkey_of_another_rp_id_is_not_usable(
    told: Told, ada: Person, make_app: MakeApp
) -> None:
    ada.add_passkey()
    app = make_app(RP_ID="auth.localhost", ORIGINS="http://auth.localhost:8000")
    listed = app.test_cli_runner().invoke(args=["passkey", "list", "ada", "--json"])
    [passkey] = json.loads(listed.stdout)
    assert (passkey["rp_id"], passkey["usable"]) == ("localhost", False)


def test_sessions_are_listed_and_one_is_ended(told: Told, run: Run, ada: Person, rows: Any) -> None:
    other = Person(ada.app, "ada")
    other.log_in()
    first, second = told("session", "list", "ada")[::-1]
    assert (first["methods"], first["expires_at"][-1]) == ("pwd", "Z")
    run("session", "revoke", "ada", first["id"])
    assert [each["id"] for each in told("session", "list", "ada")] == [second["id"]]
    result = run("session", "revoke", "ada", first["id"], fails=True)
    assert "no session with this id" in result.output
    assert (ada.signed_in(), other.signed_in()) == (False, True)
    assert rows("SELECT event FROM audit_events ORDER BY id")[-1] == ("account:session:ended",)


def test_all_sessions_of_one_account_are_ended(run: Run, bob: Person, ada: Person) -> None:
    run("session", "revoke", "bob", fails=True)
    run("session", "revoke", "bob", "--all")
    assert run("session", "list", "bob").stdout == "No sessions.\n"
    assert (ada.signed_in(), bob.signed_in()) == (True, False)


def test_an_invite_lets_one_person_register_until_it_is_revoked(
    make_app: MakeApp, run: Run, told: Told
) -> None:
    app = make_app(REGISTRATION="invite")
    Person(app, "ada").set_up()
    assert run("invite", "list").stdout == "No invites.\n"
    code = run("invite", "create", "--uses", "2").stdout.strip()
    other = told("invite", "create", "--days", "1")["code"]

    def register(name: str, invite: str) -> int:
        body = {"username": name, "password": PASSWORD, "code": invite}
        return Person(app, name).post("/account/api/registration", body).status_code

    assert register("bob", code) == 200
    first, second = told("invite", "list")
    assert (first["uses"], first["max_uses"], first["valid"], second["max_uses"]) == (1, 2, True, 1)
    run("invite", "revoke", first["id"])
    assert register("cid", code) == 400
    assert register("cid", other) == 200
    assert [each["valid"] for each in told("invite", "list")] == [False]
    assert "no invite with this id" in run("invite", "revoke", first["id"], fails=True).output


def test_no_code_is_kept_or_listed(run: Run, told: Told, rows: Any) -> None:
    code = run("invite", "create").stdout.strip()
    assert code not in str(rows("SELECT * FROM invites")) + str(told("invite", "list"))


@pytest.mark.parametrize(
    ("served", "link"),
    [
        ({"ORIGINS": "http://localhost:9310"}, "http://localhost:9310/register"),
        (
            {"ORIGINS": "android:apk-key-hash:abc, https://a.localhost", "URL_PREFIX": "/auth"},
            "https://a.localhost/auth/register",
        ),
        ({"ORIGINS": "android:apk-key-hash:abc"}, "https://localhost/register"),
    ],
)
def test_a_link_leads_to_where_the_server_is_though_the_command_does_not_know_its_origins(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, served: dict[str, str], link: str
) -> None:
    make_app(**served)
    monkeypatch.delenv("PASSLINE_ORIGINS")
    assert invited() == link


def test_a_link_leads_to_the_origins_that_the_command_has(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_app(ORIGINS="http://localhost:9310")
    monkeypatch.setenv("PASSLINE_ORIGINS", "http://localhost:9999")
    assert invited() == "http://localhost:9999/register"


def test_a_link_leads_to_the_server_that_started_last(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    for port in (9310, 9320):
        make_app(ORIGINS=f"http://localhost:{port}")
    monkeypatch.delenv("PASSLINE_ORIGINS")
    assert invited() == "http://localhost:9320/register"


def test_before_the_first_start_a_link_leads_to_the_usual_origin(make_app: MakeApp) -> None:
    make_app()
    Fact.delete().where(Fact.name == "origin").execute()
    assert invited() == "http://localhost:8000/register"


@pytest.mark.slow
def test_beside_a_server_on_another_port_a_command_needs_no_setting(tmp_path: Path) -> None:
    with server(tmp_path / "data") as port:
        made = flask("invite", "create", "--json", DATA_DIR=str(tmp_path / "data"))
    assert json.loads(made.stdout)["link"].startswith(f"http://localhost:{port}/register?invite=")


def invited() -> str:
    """Make an invite as another process would; return its link without the code."""
    close_database()
    made = create_app(upgrade=False).test_cli_runner().invoke(args=["invite", "create", "--json"])
    return str(json.loads(made.stdout)["link"]).partition("?")[0]
