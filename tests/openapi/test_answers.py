"""Real answers of every operation match the document, down to the last member."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.storage.models import Totp, User
from tests.clerk.client import PASSKEYS as CLERKS_PASSKEYS
from tests.clerk.client import Clerk
from tests.clerk.factors import NEW_API, totp_on
from tests.conftest import MakeApp
from tests.documented import Documented, Watched
from tests.mfa.people import (
    by_link,
    code,
    make_codes,
    recover,
    second,
    security,
    turn_on,
    verify,
)
from tests.people import API, PASSKEYS, PASSWORD
from tests.zipline import people as zipline_people
from tests.zipline.people import PASSKEY

METRICS = "0123456789abcdef"


@pytest.fixture
def everything(make_app: MakeApp) -> Flask:
    switched_on = {"METRICS": METRICS, "RELATED_ORIGINS": "https://example.org"}
    return make_app(**switched_on, CLERK="development", REGISTRATION="open")


@pytest.fixture
def documented(everything: Flask) -> Documented:
    return Documented(everything)


class ZiplineWatched(Watched, zipline_people.Person):
    """Somebody with a client of Zipline, whose every answer has to be documented."""


# The pages of a person's own; they lead others to the sign-in.
SECURITY = ["/security", "/security/app", "/security/codes", "/security/password"]


def with_our_pages(documented: Documented, app: Flask) -> None:
    ada = Watched(documented, app, "ada")
    for page in ("/", "/login", "/register", "/setup"):
        ada.get(page)
    ada.set_up()
    for page in (*SECURITY, "/passkeys", "/login", "/login/second", "/setup"):
        ada.get(page)
    ada.add_passkey()
    ada.add_passkey(response_json=lambda sent: sent | {"authenticatorAttachment": None})
    ada.get(f"{PASSKEYS}/options")  # now it excludes
    [first, second] = ada.passkeys()
    ada.rename(second["id"], "Other")
    ada.delete(first["id"])
    ada.sign_in()
    ada.log_out()
    ada.log_in()
    second_factors(ada)
    bob = Watched(documented, app, "bob")
    bob.post(f"{API}/registration", {"username": "bob", "password": PASSWORD})
    bob.log_out()
    for path in (
        *SECURITY,
        "/register",
        "/login",
        "/login/second",
        "/passkeys",
        "/healthz",
        "/readyz",
        "/docs",
        "/docs/service",
    ):
        bob.get(path)
    bob.get("/metrics")
    bob.get("/api/openapi.json")
    bob.get("/.well-known/webauthn")
    bob.get("/metrics", headers={"Authorization": f"Bearer {METRICS}"})


def second_factors(ada: Watched) -> None:
    """Do all that there is to do with second factors, and come back without any."""
    turn_on(ada)
    made = make_codes(ada, saved=True)
    verify(ada, recovery_code=made[0])
    ada.get(f"{API}/verify/options")
    ada.call("PATCH", f"{API}/security", {"always_asks": True})
    security(ada)
    ada.log_in()
    ada.get(f"{API}/sign-in/second")
    ada.get(f"{API}/sign-in/second/options")
    second(ada, recovery_code=made[1])
    recover(ada, made[2], ada.password)
    ada.call("DELETE", f"{API}/totp")
    ada.get("/recover")
    ada.get("/link")
    by_link(ada)
    ada.post(f"{API}/password", {"password": ada.password})
    ada.sign_in()
    make_codes(ada, saved=True)
    ada.call("DELETE", f"{API}/password")
    by_link(ada)
    ada.post(f"{API}/password", {"password": ada.password})


def with_zipline(documented: Documented, app: Flask) -> None:
    ada = ZiplineWatched(documented, app, "ada")
    ada.get("/api/setup")
    ada.set_up()
    ada.get("/api/user")
    changes = {"avatar": "data:image/png;base64,AA==", "view": {"align": "left"}}
    ada.call("PATCH", "/api/user", changes)
    ada.call("PATCH", "/api/user", {"password": PASSWORD})
    ada.get("/api/user/token")
    ada.call("PATCH", "/api/user/token")
    zipline_passkeys(ada)
    zipline_sessions(ada)
    zipline_second_factors(ada)
    bob = ZiplineWatched(documented, app, "bob")
    bob.post("/api/auth/register", {"username": "bob", "password": PASSWORD})
    for path in ("/api/setup", "/api/server/public", "/api/healthcheck", "/api/version"):
        ada.get(path)


def zipline_passkeys(ada: ZiplineWatched) -> None:
    ada.get(f"{PASSKEY}/options")
    ada.add_passkey()
    ada.add_passkey(response_json=lambda sent: sent | {"authenticatorAttachment": None})
    ada.get(f"{PASSKEY}/options")  # now it excludes
    [first, second] = ada.passkeys()
    ada.rename(second["id"], "Other")
    ada.delete(first["id"])


def zipline_sessions(ada: ZiplineWatched) -> None:
    ada.sign_in()
    other = ZiplineWatched(ada.documented, ada.app, "ada")
    other.log_in()
    ada.get("/api/user/sessions")
    ada.call("DELETE", "/api/user/sessions", {"all": True})
    ada.get("/api/auth/logout")
    ada.log_in()
    ada.log_out()


def zipline_second_factors(ada: ZiplineWatched) -> None:
    ada.log_in()
    path = "/api/user/mfa/totp"
    secret = (ada.get(path).json or {})["secret"]
    ada.post(path, {"code": code(secret, steps=-1), "secret": secret})
    ada.get(path)
    ada.get("/api/user/verify/options")
    ada.post("/api/user/verify", {"code": code(secret)})
    ada.log_in()
    ada.post("/api/auth/login/second", {"code": code(secret, steps=1)})
    by_link(ada)
    ada.call("PATCH", "/api/user", {"password": ada.password})
    ada.sign_in()
    ada.get("/api/user/verify/options")
    Totp.update(last_step=0).execute()
    ada.call("DELETE", path, {"code": code(secret)})


def with_clerk(documented: Documented, app: Flask) -> None:
    adas = Clerk(Watched(documented, app, "ada").set_up())
    adas.person.log_out()
    for part in (clerk_sign_in, clerk_passkeys, clerk_sessions, clerk_second_factors):
        part(adas)


def clerk_sign_in(adas: Clerk) -> None:
    adas.ask("GET", "/v1/environment")
    adas.ask("PATCH", "/v1/environment")
    adas.ask("POST", "/v1/dev_browser")
    adas.ask("GET", "/v1/client")
    begun = adas.given("POST", "/v1/client/sign_ins", {"identifier": "ada"})
    path = f"/v1/client/sign_ins/{begun['id']}"
    adas.ask("GET", path)
    adas.ask("POST", "/v1/client")
    adas.ask("POST", f"{path}/prepare_first_factor", {"strategy": "passkey"})
    adas.ask("POST", f"{path}/attempt_first_factor", {"strategy": "password", "password": PASSWORD})


def clerk_passkeys(adas: Clerk) -> None:
    begun = adas.begin()
    adas.ask("GET", f"{CLERKS_PASSKEYS}/{begun['id']}")
    adas.ask("PATCH", f"{CLERKS_PASSKEYS}/{begun['id']}", {"name": "x"})
    adas.attempt(begun, {})
    adas.ask("GET", f"{CLERKS_PASSKEYS}/{begun['id']}")
    adas.ask("DELETE", f"{CLERKS_PASSKEYS}/{begun['id']}")
    made = adas.add()
    adas.ask("PATCH", f"{CLERKS_PASSKEYS}/{made['id']}", {"name": "y"})
    adas.sign_in_by_passkey()
    adas.ask("GET", f"{CLERKS_PASSKEYS}/{made['id']}")


def clerk_sessions(adas: Clerk) -> None:
    adas.ask("GET", "/v1/me")
    Watched(adas.person.documented, adas.person.app, "ada").log_in()
    own = adas.session()["id"]
    every: list[dict[str, Any]] = list(adas.ask("GET", "/v1/me/sessions").json or [])
    adas.ask("GET", "/v1/me/sessions/active")
    for each in every:
        adas.ask("POST", f"/v1/me/sessions/{each['id']}/revoke")
    adas.ask("GET", f"/v1/client/sessions/{own}")
    for act in ("touch", "tokens", "end"):
        adas.ask("POST", f"/v1/client/sessions/{own}/{act}")
    adas.ask("GET", "/.well-known/jwks.json")
    adas.person.log_in()
    adas.ask("POST", f"/v1/client/sessions/{adas.session()['id']}/remove")
    adas.person.log_in()
    adas.ask("DELETE", "/v1/client/sessions")
    adas.ask("DELETE", "/v1/client")


def clerk_second_factors(adas: Clerk) -> None:
    adas.person.log_in()
    _, codes = totp_on(adas)
    own = f"/v1/client/sessions/{adas.session()['id']}/verify"
    adas.ask("POST", own, {"level": "second_factor"})
    passkey = {"strategy": "passkey"}
    adas.given("POST", f"{own}/prepare_first_factor", passkey)
    adas.given("POST", f"{own}/prepare_second_factor", passkey, query=NEW_API)
    password = {"strategy": "password", "password": PASSWORD}
    adas.given("POST", f"{own}/attempt_first_factor", password)
    code = {"strategy": "backup_code", "code": codes[0]}
    adas.given("POST", f"{own}/attempt_second_factor", code)
    adas.person.log_out()
    form = password | {"identifier": "ada"}
    sign_in = adas.given("POST", "/v1/client/sign_ins", form, query=NEW_API)
    path = f"/v1/client/sign_ins/{sign_in['id']}"
    adas.given("POST", f"{path}/prepare_second_factor", passkey, query=NEW_API)
    code["code"] = codes[1]
    adas.given("POST", f"{path}/attempt_second_factor", code)
    adas.given("POST", "/v1/me/backup_codes/")
    adas.given("PATCH", "/v1/me", {"username": "ada"})
    change = {"new_password": PASSWORD, "current_password": PASSWORD}
    adas.given("POST", "/v1/me/change_password", change)
    adas.given("DELETE", "/v1/me/totp")


STORIES: dict[str, Callable[[Documented, Flask], None]] = {
    "Account": with_our_pages,
    "Zipline": with_zipline,
    "Clerk": with_clerk,
}


def test_every_success_is_answered_as_documented(documented: Documented, everything: Flask) -> None:
    tags = {tag["name"] for tag in documented.document["tags"]}
    for name in tags & STORIES.keys():
        User.delete().execute()  # each story begins with the first account
        STORIES[name](documented, everything)
    wanted = {
        (operation["operationId"], int(status))
        for _, _, operation in documented.operations()
        for status in operation["responses"]
        if status < "400"
    }
    assert wanted - documented.seen == set()


def test_a_member_too_many_and_one_too_few_are_found(
    documented: Documented, everything: Flask
) -> None:
    ada = Watched(documented, everything, "ada").set_up()
    schema = {"$ref": "#/components/schemas/AccountPasskeys"}
    body: Any = ada.get(PASSKEYS).json
    assert documented.invalid(schema, body, strictly=True) == []
    longer = body | {"user": body["user"] | {"more": 1}}
    assert documented.invalid(schema, longer, strictly=True) != []
    del body["user"]["handle"]
    assert documented.invalid(schema, body) != []
