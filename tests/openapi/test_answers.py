"""Real answers of every operation match the document, down to the last member."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.storage.models import User
from tests.clerk.client import PASSKEYS as CLERKS_PASSKEYS
from tests.clerk.client import Clerk
from tests.conftest import MakeApp
from tests.documented import Documented, Watched
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


def with_our_pages(documented: Documented, app: Flask) -> None:
    ada = Watched(documented, app, "ada")
    for page in ("/", "/login", "/register", "/setup"):
        ada.get(page)
    ada.set_up()
    for page in ("/passkeys", "/login", "/setup"):
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
    bob = Watched(documented, app, "bob")
    bob.post(f"{API}/registration", {"username": "bob", "password": PASSWORD})
    bob.log_out()
    for path in (
        "/register",
        "/login",
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


def with_clerk(documented: Documented, app: Flask) -> None:
    adas = Clerk(Watched(documented, app, "ada").set_up())
    adas.person.log_out()
    for part in (clerk_sign_in, clerk_passkeys, clerk_sessions):
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
