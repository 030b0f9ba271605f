"""Clerk's browser SDK, unmodified, with only its key and proxyUrl: passkeys work."""

from typing import Any

import jwt
import pytest

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.clerk.conftest import PASSWORD, Place
from tests.browser.clerk.sdk import Application
from tests.browser.conftest import Console
from tests.live import Client

pytestmark = pytest.mark.browser

SIGN_IN_BY_PASSKEY = (
    "Clerk.client.signIn.authenticateWithPasskey({flow: 'discoverable'})"
    ".then(done => Clerk.setActive({session: done.createdSessionId}).then(() => done.status))"
)


def test_it_loads_where_nobody_is_signed_in(application: Application, version: str) -> None:
    assert application.run("[Clerk.version, Clerk.user, Clerk.session]") == [version, None, None]


def test_it_loads_where_somebody_is_signed_in(application: Application, user: str) -> None:
    session = application.run("Clerk.session.id")
    application.open()
    assert application.run("Clerk.user.username") == user
    assert application.run("[Clerk.session.id, Clerk.session.status]") == [session, "active"]


def test_a_passkey_is_created_renamed_read_again_and_deleted(
    application: Application, user: str, device: VirtualAuthenticator
) -> None:
    created = application.run(
        "Clerk.user.createPasskey().then(it => [it.id, it.name, it.verification.status])"
    )
    assert created[1:] == ["Passkey", "verified"]
    assert application.names() == ["Passkey"]
    assert len(device.credentials()) == 1

    rename = "Clerk.user.passkeys[0].update({name: 'My key ☂'}).then(it => it.name)"
    assert application.run(rename) == "My key ☂"
    application.open()
    listed = application.run("Clerk.user.passkeys.map(it => [it.id, it.name])")
    assert listed == [[created[0], "My key ☂"]]
    assert application.run("Clerk.user.reload().then(it => it.passkeys[0].lastUsedAt)") is None

    deleted = application.run(
        "Clerk.user.passkeys[0].delete().then(it => [it.object, it.id, it.deleted])"
    )
    assert deleted == ["passkey", created[0], True]
    assert application.names() == []
    assert application.run("Clerk.user.reload().then(it => it.passkeys.length)") == 0


def test_a_cancelled_ceremony_leaves_nothing_behind(
    application: Application, user: str, device: VirtualAuthenticator, version: str
) -> None:
    device.owner_passes_the_check(False)
    code = application.run("Clerk.user.createPasskey().then(() => 'created', error => error.code)")
    assert code == "passkey_registration_cancelled"
    assert application.names() == []
    assert application.run("Clerk.user.reload().then(it => it.passkeys.length)") == 0
    deletes = [call for call in application.calls if call.startswith("POST /v1/me/passkeys/idn_")]
    assert len(deletes) == (1 if version.startswith("6") else 0)  # SDK 6 tidies up after itself

    device.owner_passes_the_check(True)
    application.run("Clerk.user.createPasskey()")
    assert application.names() == ["Passkey"]


def test_signing_in_by_a_discoverable_passkey_and_signing_out(
    application: Application, user: str, device: VirtualAuthenticator
) -> None:
    application.run("Clerk.user.createPasskey()")
    sign_out(application)
    application.open()
    assert application.run("Clerk.user") is None

    assert application.run(SIGN_IN_BY_PASSKEY) == "complete"
    assert application.run("Clerk.user.username") == user
    assert application.run("Clerk.user.passkeys[0].lastUsedAt !== null")
    application.open()
    assert application.run("Clerk.user.username") == user


def sign_out(application: Application) -> None:
    """Sign out, which leads to the page that is asked for."""
    with application.page.expect_navigation():
        application.run("void Clerk.signOut({redirectUrl: it})", f"{application.url}?bye")


def test_signing_out_ends_the_session(application: Application, user: str) -> None:
    sign_out(application)
    assert application.page.url.endswith("?bye")
    application.open()
    left = application.run("[Clerk.user, Clerk.session, Clerk.client.sessions.length]")
    assert left == [None, None, 0]


def test_signing_in_with_the_identifier_first_offers_the_passkey(
    application: Application, user: str, device: VirtualAuthenticator
) -> None:
    application.run("Clerk.user.createPasskey()")
    sign_out(application)
    application.open()
    factors = (
        "Clerk.client.signIn.create({identifier: it})"
        ".then(it => it.supportedFirstFactors.map(it => it.strategy))"
    )
    assert application.run(factors, user) == ["passkey", "password"]
    sign_in = "Clerk.client.signIn.authenticateWithPasskey().then(it => it.status)"
    assert application.run(sign_in) == "complete"


def test_a_wrong_password_leaves_the_page_as_it_is(
    application: Application, user: str, console: Console, place: Place
) -> None:
    sign_out(application)
    application.open()
    console.expect("status of 422")
    answer = application.run(
        "Clerk.client.signIn.create({strategy: 'password', identifier: it, password: 'wrong'})"
        ".then(() => 0,"
        " error => [error.status, error.errors[0].code, error.errors[0].longMessage])",
        user,
    )
    assert answer == [422, "form_password_incorrect", "Wrong username or password."]
    assert len(application.refused) == 1
    application.refused.clear()
    application.sign_in(user, PASSWORD)


def test_a_session_token_is_verified_by_the_published_keys(
    application: Application, user: str, place: Place
) -> None:
    token = application.run("Clerk.session.getToken()")
    claims = verified(token, place)
    expected = application.run("[Clerk.session.id, Clerk.user.id]")
    assert [claims["sid"], claims["sub"]] == expected
    assert claims["azp"] == application.page.evaluate("location.origin")
    assert claims["amr"] == ["pwd"]


def verified(token: str, place: Place) -> dict[str, Any]:
    """Return the claims of a session token, verified as a backend does."""
    backend = Client(int(place.passline.rpartition(":")[2]))
    keys = jwt.PyJWKSet.from_dict(backend.call("GET", "/.well-known/jwks.json").body)
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], issuer=place.passline)
    return claims


def test_the_sessions_of_the_user_are_listed_and_ended(
    application: Application, user: str, place: Place
) -> None:
    other = Client(int(place.passline.rpartition(":")[2]))
    account = {"username": user, "password": PASSWORD}
    assert other.call("POST", "/account/api/sign-in/password", account).status == 200
    current = application.run("Clerk.session.id")
    others = application.run("Clerk.user.getSessions().then(all => all.map(it => it.id))")
    assert len(others) == 3  # registering began one
    assert current in others
    statuses = application.run(
        "Clerk.user.getSessions()"
        ".then(all => Promise.all(all.filter(one => one.id !== it)"
        ".map(one => one.revoke().then(one => one.status))))",
        current,
    )
    assert statuses == ["revoked", "revoked"]
    assert other.call("GET", "/account/api/passkeys").status == 401
    assert application.run("Clerk.user.reload().then(it => it.username)") == user


def test_a_test_key_works_in_development_mode_without_cookies_too(
    with_test_key: Application,
) -> None:
    application = with_test_key
    assert "POST /v1/dev_browser" in application.calls
    assert "POST /v1/environment" in application.calls  # by _method=PATCH
    application.sign_in("root", PASSWORD)
    application.page.context.clear_cookies(name="passline_session")
    application.open()
    assert application.run("Clerk.user.username") == "root"
    sign_out(application)
    application.open()
    assert application.run("Clerk.user") is None
