"""flask user show, link and reset-mfa: no secret is seen, and people get in again."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from pyotp import TOTP

from app import create_app
from app.core.mfa import totp
from app.storage.models import Link, Passkey, RecoveryCode, Totp, User
from tests.cli.conftest import Run
from tests.conftest import MakeApp, close_database
from tests.people import API, PASSWORD, Person

Told = Callable[..., Any]
Rows = Callable[..., list[tuple[Any, ...]]]
BOBS = "user_id = (SELECT id FROM users WHERE username = 'bob')"


def turn_totp_on(person: Person) -> tuple[str, list[str]]:
    """Turn the authenticator app on; return its secret and the recovery codes."""
    secret = str((person.post(f"{API}/totp/offer").json or {})["secret"])
    answer = person.post(f"{API}/totp", {"code": TOTP(secret).now()})
    assert answer.status_code == 200, answer.text
    return secret, list((answer.json or {})["recovery_codes"])


def open_link(person: Person, link: str) -> int:
    """Open a link in the person's browser, as its page does, and return the status."""
    token = link.partition("/link#")[2]
    return person.post(f"{API}/link", {"token": token}).status_code


def without_password(person: Person) -> Person:
    User.update(password_hash=None).where(User.username == person.username).execute()
    return person


def audited(rows: Rows, event: str) -> list[tuple[Any, ...]]:
    return rows(f"SELECT actor, {BOBS} FROM audit_events WHERE event = '{event}'")


def test_the_overview_of_somebody_with_a_password_alone(told: Told, run: Run, bob: Person) -> None:
    seen = told("user", "show", "BOB")
    assert (seen["username"], seen["role"], seen["sessions"]) == ("bob", "USER", 2)
    assert (seen["password"], seen["passkeys"], seen["totp"]) == (True, [], None)
    assert seen["recovery_codes"] == {"left": 0, "saved": False}
    assert (seen["always_asks"], seen["disabled_at"]) == (False, None)
    assert (seen["mfa_policy"], seen["second_step"]) == ("optional", False)
    assert seen["means"] == "The password signs in by itself."
    lines = run("user", "show", "bob").stdout.splitlines()
    assert "Username           bob" in lines
    assert "Policy optional    The password signs in by itself." in lines


def test_the_overview_tells_of_every_factor_and_of_no_secret(
    told: Told, run: Run, bob: Person
) -> None:
    secret, codes = turn_totp_on(bob)
    bob.add_passkey("Phone")
    bob.add_passkey("Laptop")
    Passkey.update(name="Phone\x1b[31m").where(Passkey.name == "Phone").execute()
    RecoveryCode.update(confirmed_at=1).execute()
    seen = told("user", "show", "bob")
    assert [each["usable"] for each in seen["passkeys"]] == [True, True]
    assert seen["totp"]["readable"]
    assert seen["totp"]["since"][-1] == "Z"
    assert seen["recovery_codes"] == {"left": 10, "saved": True}
    assert seen["second_step"]
    assert "After the password a second step is asked for." in seen["means"]
    text = run("user", "show", "bob").stdout
    assert "Laptop, last used 20" in text
    assert "10 left, saved" in text
    assert "\x1b" not in text
    for hidden in (secret, *codes, bob.api_token(), PASSWORD):
        assert hidden not in text + json.dumps(seen)


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("optional", "The password signs in by itself."),
        ("enrolled", "The password signs in by itself."),
        ("required", "The password serves to set up a second factor only"),
    ],
)
def test_what_each_policy_means_is_told(
    make_app: MakeApp, run: Run, told: Told, ada: Person, policy: str, says: str
) -> None:
    runner = make_app(MFA_POLICY=policy).test_cli_runner()
    assert says in runner.invoke(args=["user", "show", "ada"]).stdout


@pytest.mark.parametrize(("policy", "asks"), [("optional", False), ("enrolled", True)])
def test_a_passkey_alone_is_asked_for_where_the_policy_says_so(
    make_app: MakeApp, ada: Person, policy: str, asks: bool
) -> None:
    ada.add_passkey()
    runner = make_app(MFA_POLICY=policy).test_cli_runner()
    seen = json.loads(runner.invoke(args=["user", "show", "ada", "--json"]).stdout)
    assert seen["second_step"] == asks
    assert "A passkey that checks its user signs in by itself." in seen["means"]


def test_who_is_disabled_or_has_no_way_in_is_told(told: Told, run: Run, bob: Person) -> None:
    without_password(bob)
    assert "no way in but a recovery code or a link" in told("user", "show", "bob")["means"]
    run("user", "disable", "bob")
    assert "nothing signs in" in told("user", "show", "bob")["means"]


@pytest.mark.parametrize(
    "settings",
    [{"PASSKEYS_ENABLED": "false"}, {"RP_ID": "a.localhost", "ORIGINS": "http://a.localhost"}],
)
def test_passkeys_that_cannot_be_used_are_told(
    make_app: MakeApp, ada: Person, settings: dict[str, str]
) -> None:
    ada.add_passkey()
    runner = make_app(**settings).test_cli_runner()
    for words in (["passkey", "list", "ada"], ["user", "show", "ada"]):
        told = json.loads(runner.invoke(args=[*words, "--json"]).stdout)
        [passkey] = told if isinstance(told, list) else told["passkeys"]
        assert not passkey["usable"]
    assert "not usable here" in runner.invoke(args=["user", "show", "ada"]).stdout


def test_an_app_whose_seal_does_not_open_is_told(told: Told, run: Run, ada: Person) -> None:
    turn_totp_on(ada)
    Totp.update(secret_sealed=b"\x02" + b"x" * 60).execute()
    seen = told("user", "show", "ada")
    assert not seen["totp"]["readable"]
    assert "No code of the app works" in seen["means"]
    assert "not readable" in run("user", "show", "ada").stdout


def test_a_link_is_printed_once_and_lets_its_person_in_once(
    told: Told, run: Run, bob: Person, rows: Rows
) -> None:
    result = run("user", "link", "bob")
    link = result.stdout.splitlines()[0]
    assert re.fullmatch(r"http://localhost:8000/link#[\w-]{43}", link)
    assert "within 30 minutes" in result.output
    assert "a password for bob" in result.output
    assert link.partition("#")[2] not in str(rows("SELECT * FROM links"))
    assert audited(rows, "account:link:made") == [("command", True)]
    visitor = Person(bob.app, "bob")
    assert open_link(visitor, link) == 200
    assert open_link(Person(bob.app, "bob"), link) == 400
    newer = told("user", "link", "bob")
    assert newer["minutes"] == 30
    told("user", "link", "bob")
    assert open_link(Person(bob.app, "bob"), newer["link"]) == 400


def test_a_link_stands_below_the_prefix_and_at_the_origin_of_the_server(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    Person(make_app(ORIGINS="http://localhost:9310", URL_PREFIX="/auth"), "ada")
    runner = make_app(ORIGINS="http://localhost:9310", URL_PREFIX="/auth").test_cli_runner()
    runner.invoke(args=["user", "create", "ada", "--password-stdin"], input=PASSWORD)
    monkeypatch.delenv("PASSLINE_ORIGINS")
    close_database()
    made = create_app(upgrade=False).test_cli_runner().invoke(args=["user", "link", "ada"])
    assert made.stdout.startswith("http://localhost:9310/auth/link#")


def test_a_disabled_account_gets_no_link(run: Run, bob: Person) -> None:
    run("user", "disable", "bob")
    assert "no account 'bob' that may sign in" in run("user", "link", "bob", fails=True).output
    assert not Link.select().exists()


def test_a_reset_takes_every_second_factor_away(run: Run, bob: Person, rows: Rows) -> None:
    turn_totp_on(bob)
    bob.add_passkey()
    token = bob.api_token()
    other = Person(bob.app, "bob")
    assert other.log_in().status_code == 200  # waits for its second step
    assert "Aborted" in run("user", "reset-mfa", "bob", typed="n\n", fails=True).output
    assert Totp.select().count() == 1
    result = run("user", "reset-mfa", "bob", typed="y\n")
    assert "link" not in result.stdout
    for table in ("totps", "passkeys", "recovery_codes", "links", "sign_ins"):
        assert rows(f"SELECT count(*) FROM {table}") == [(0,)], table
    assert not bob.signed_in()
    assert bob.api_token() != token
    assert audited(rows, "account:mfa:reset") == [("command", True)]
    assert bob.log_in().status_code == 200
    assert bob.signed_in()


def test_a_reset_prints_a_link_for_who_has_no_password(
    told: Told, run: Run, bob: Person, rows: Rows
) -> None:
    bob.add_passkey()
    without_password(bob)
    link = told("user", "reset-mfa", "bob", "--yes")["link"]
    assert audited(rows, "account:link:made") == [("command", True)]
    assert open_link(bob, link) == 200
    assert "within 30 minutes" in run("user", "reset-mfa", "bob", "--yes").stdout


def test_a_reset_of_a_disabled_account_without_a_password_makes_no_link(
    told: Told, run: Run, bob: Person
) -> None:
    turn_totp_on(bob)
    without_password(bob)
    run("user", "disable", "bob")
    assert told("user", "reset-mfa", "bob", "--yes")["link"] is None
    assert totp.of_user(User.get(User.username == "bob").id) is None
    assert not Link.select().exists()
    assert "enable it, then make a link" in run("user", "reset-mfa", "bob", "--yes").output


def test_the_last_way_in_is_deleted_by_force_only(
    told: Told, run: Run, bob: Person, rows: Rows
) -> None:
    bob.add_passkey()
    without_password(bob)
    passkey_id = told("passkey", "list", "bob")[0]["id"]
    refused = run("passkey", "delete", "bob", passkey_id, "--yes", fails=True)
    assert "It is your last way in." in refused.output
    assert "--force deletes it all the same" in refused.output
    assert len(told("passkey", "list", "bob")) == 1
    run("passkey", "delete", "bob", passkey_id, "--yes", "--force")
    assert told("passkey", "list", "bob") == []
    assert audited(rows, "account:passkey:deleted") == [("command", True)]


def test_the_last_second_factor_is_deleted_by_force_only_where_one_is_required(
    make_app: MakeApp, ada: Person
) -> None:
    ada.add_passkey()
    runner = make_app(MFA_POLICY="required").test_cli_runner()
    passkey_id = json.loads(runner.invoke(args=["passkey", "list", "ada", "--json"]).stdout)[0][
        "id"
    ]
    words = ["passkey", "delete", "ada", passkey_id, "--yes"]
    refused = runner.invoke(args=words)
    assert refused.exit_code == 1
    assert "This server requires a second factor" in refused.output
    assert runner.invoke(args=[*words, "--force"]).exit_code == 0
