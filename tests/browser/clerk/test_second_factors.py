"""Clerk's browser SDK, unmodified: second factors, reverification, pending sessions."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyotp import TOTP

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.clerk import sdk
from tests.browser.clerk.conftest import PASSWORD, application_folder, register
from tests.browser.clerk.sdk import Application
from tests.browser.conftest import Console, Profile
from tests.live import free_port, server

pytestmark = pytest.mark.browser
AGE = 2  # seconds for which a proof is recent

# What a call is refused with: its code, or null.
REFUSED = "({}).then(() => null, error => error.errors[0].code)"


@pytest.fixture(scope="module")
def careful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a Passline that asks for second factors, and again soon."""
    yield from serving(tmp_path_factory.mktemp("careful"), MFA_POLICY="enrolled")


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a Passline where everybody has to enrol a second factor."""
    yield from serving(tmp_path_factory.mktemp("strict"), MFA_POLICY="required")


def serving(folder: Path, **settings: Any) -> Iterator[int]:
    port = free_port()
    settings |= {"STEP_UP_AGE": f"{AGE}s", "REGISTRATION": "open", "RATE_LIMITS": "off"}
    with server(folder / "data", port=port, ORIGINS=f"http://localhost:{port}", **settings):
        register(port, "root")
        yield port


@pytest.fixture
def app(
    request: pytest.FixtureRequest, version: str, profile: Profile, tmp_path: Path
) -> Iterator[Application]:
    """The application's page on the origin of the Passline, signed in as a newcomer."""
    port = request.getfixturevalue(getattr(request, "param", "careful"))
    own = f"http://localhost:{port}"
    folder = application_folder(tmp_path, version, sdk.html(own, sdk.key()))
    context = profile()
    context.add_init_script(sdk.MASK)
    page = context.new_page()
    sdk.put_on_this_origin(page, own, folder)
    app = Application(page, f"{own}/app.html", own).open()
    app.username = register(port, f"user{time.monotonic_ns()}")
    app.run(
        "Clerk.client.signIn.create({strategy: 'password', identifier: it[0], password: it[1]})"
        ".then(done => it[2] && Clerk.setActive({session: done.createdSessionId}))",
        [app.username, PASSWORD, request.node.callspec.params.get("app") != "strict"],
    )
    yield app
    context.close()


@pytest.fixture
def phone(app: Application) -> VirtualAuthenticator:
    """The device that the application's page runs on."""
    cdp = app.page.context.new_cdp_session(app.page)
    cdp.send("WebAuthn.enable")
    return VirtualAuthenticator(cdp)


def code(secret: str, step: int) -> str:
    """Return the app's code of a step: -1, 0 or 1. Each is used once."""
    return str(TOTP(secret).at(time.time() + 30 * step))


def enrol(app: Application) -> tuple[str, list[str]]:
    """Turn the authenticator app on; return its secret and the backup codes."""
    secret = str(app.run("Clerk.user.createTOTP().then(it => it.secret)"))
    verify = "Clerk.user.verifyTOTP({code: it}).then(it => [it.verified, it.backupCodes])"
    done, codes = app.run(verify, code(secret, -1))
    assert (done, len(codes)) == (True, 10)
    return secret, codes


def begin_again(app: Application) -> None:
    """Sign out, and prove the password."""
    app.page.context.clear_cookies()
    app.open()
    begun = app.run(
        "Clerk.client.signIn.create({strategy: 'password', identifier: it[0], password: it[1]})"
        ".then(it => [it.status, it.supportedSecondFactors.map(each => each.strategy)])",
        [app.username, PASSWORD],
    )
    assert begun[0] == "needs_second_factor"
    assert begun[1][:2] == ["totp", "backup_code"]
    assert app.run("[Clerk.session ?? null, Clerk.client.signIn.status]") == [None, begun[0]]


def second(app: Application, strategy: str, typed: str) -> Any:
    return app.run(
        "Clerk.client.signIn.attemptSecondFactor({strategy: it[0], code: it[1]})"
        ".then(done => Clerk.setActive({session: done.createdSessionId}).then(() => done.status),"
        " error => error.errors[0].code)",
        [strategy, typed],
    )


def test_the_app_and_backup_codes_sign_in(app: Application, console: Console) -> None:
    console.expect("status of 422", "status of 403")
    secret = app.run("Clerk.user.createTOTP().then(it => it.secret)")
    wrong = REFUSED.format("Clerk.user.verifyTOTP({code: it})")
    assert app.run(wrong, code(secret, -9)) == "form_code_incorrect"
    secret, codes = enrol(app)
    flags = "[Clerk.user.totpEnabled, Clerk.user.twoFactorEnabled, Clerk.user.backupCodeEnabled]"
    assert app.run(flags) == [True, True, True]

    begin_again(app)
    assert second(app, "totp", "000000") == "form_code_incorrect"
    assert second(app, "totp", code(secret, 0)) == "complete"
    assert app.run("Clerk.user.username") == app.username
    begin_again(app)
    assert second(app, "backup_code", codes[0]) == "complete"
    begin_again(app)
    assert second(app, "backup_code", codes[0]) == "form_code_incorrect"
    assert second(app, "backup_code", codes[1]) == "complete"
    made = app.run("Clerk.user.createBackupCode().then(it => it.codes.length)")
    assert made == 10
    assert app.run("Clerk.user.disableTOTP().then(it => it.deleted)") is True
    assert app.run(flags) == [False, False, False]


def due(app: Application, call: str) -> None:
    """Let the proof become old, and assert that the call is refused for that."""
    app.page.wait_for_timeout((AGE + 0.3) * 1000)
    assert app.run(REFUSED.format(call)) == "session_reverification_required"


def level(app: Application) -> list[Any]:
    start = "Clerk.session.startVerification({level: 'second_factor'})"
    factors = "it => (it ?? []).map(each => each.strategy)"
    return list(
        app.run(
            f"{start}.then(it => [it.status, ({factors})(it.supportedFirstFactors),"
            f" ({factors})(it.supportedSecondFactors)])"
        )
    )


def test_reverification_ends_what_it_is_asked_for(
    app: Application, phone: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 403")
    session = app.run("Clerk.session.id")
    due(app, "Clerk.user.createTOTP()")
    assert level(app) == ["needs_first_factor", ["password"], []]
    by_password = (
        "Clerk.session.attemptFirstFactorVerification({strategy: 'password', password:it})"
    )
    assert app.run(f"{by_password}.then(it => it.status)", PASSWORD) == "complete"
    app.run("Clerk.session.touch()")
    assert app.run("Clerk.user.createPasskey().then(it => it.verification.status)") == "verified"

    due(app, "Clerk.user.createTOTP()")
    assert level(app)[:2] == ["needs_first_factor", ["passkey"]]
    by_passkey = "Clerk.session.verifyWithPasskey().then(it => it.status)"
    assert app.run(by_passkey) == "complete"
    secret, _ = enrol(app)

    due(app, "Clerk.user.disableTOTP()")
    status, _, factors = level(app)
    assert (status, factors[:2]) == ("needs_second_factor", ["totp", "backup_code"])
    by_code = "Clerk.session.attemptSecondFactorVerification({strategy: 'totp', code: it})"
    assert app.run(f"{by_code}.then(it => it.status)", code(secret, 0)) == "complete"
    app.run("Clerk.session.touch()")
    assert app.run("Clerk.user.disableTOTP().then(it => it.deleted)") is True
    assert app.run("Clerk.session.id") == session


def test_the_password_is_changed(app: Application, console: Console) -> None:
    console.expect("status of 403", "status of 422")
    change = "Clerk.user.updatePassword({newPassword: it, signOutOfOtherSessions: true})"
    new = "another good passphrase"
    assert app.run(REFUSED.format(change), "short") == "form_password_length_too_short"
    assert app.run(REFUSED.format(change), "password1") == "form_password_pwned"
    due(app, change.replace("it,", f"'{new}',"))
    with_current = change.replace("newPassword", f"currentPassword: '{PASSWORD}', newPassword")
    assert app.run(f"{with_current}.then(it => it.username)", new) == app.username
    assert app.run("Clerk.session.reload().then(it => it.status)") == "active"


@pytest.mark.parametrize("app", ["strict"], indirect=True)
def test_a_pending_session_does_not_hang_and_enrols(
    app: Application, console: Console, version: str
) -> None:
    console.expect("status of 403", "pending tasks")  # no session token meanwhile
    app.open()
    assert app.run("Clerk.client.sessions.map(it => [it.status, it.currentTask?.key])") == [
        ["pending", "setup-mfa"]
    ]
    secret = app.run("Clerk.client.sessions[0].user.createTOTP().then(it => it.secret)")
    verify = "Clerk.client.sessions[0].user.verifyTOTP({code: it}).then(it => it.verified)"
    assert app.run(verify, code(secret, 0)) is True
    assert app.run("Clerk.client.sessions[0].status") == "active"
    assert app.run("Clerk.client.sessions[0].getToken().then(it => it.length > 100)") is True
