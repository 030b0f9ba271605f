"""Real answers of every operation are as the document says, down to the last member."""

from typing import Any

import pytest
from flask import Flask

from tests.clerk.client import PASSKEYS, Clerk
from tests.conftest import MakeApp
from tests.documented import Documented, Watched
from tests.people import PASSKEY, PASSWORD

METRICS = "0123456789abcdef"


@pytest.fixture
def everything(make_app: MakeApp) -> Flask:
    return make_app(METRICS=METRICS, CLERK="development", REGISTRATION="open")


@pytest.fixture
def documented(everything: Flask) -> Documented:
    return Documented(everything)


def first_account(ada: Watched) -> None:
    for page in ("/", "/login", "/register", "/setup"):
        ada.get(page)
    ada.get("/api/setup")
    ada.post("/api/setup", {"username": "ada", "password": PASSWORD})


def account(ada: Watched) -> None:
    ada.get("/api/user")
    ada.call(
        "PATCH", "/api/user", {"avatar": "data:image/png;base64,AA==", "view": {"align": "left"}}
    )
    ada.call("PATCH", "/api/user", {"password": PASSWORD})
    ada.get("/api/user/token")
    ada.call("PATCH", "/api/user/token")


def passkeys(ada: Watched) -> None:
    ada.get(f"{PASSKEY}/options")
    ada.add_passkey()
    ada.add_passkey(response_json=lambda sent: sent | {"authenticatorAttachment": None})
    ada.get(f"{PASSKEY}/options")  # now it excludes
    [first, second] = ada.passkeys()
    ada.call("PATCH", PASSKEY, {"id": second["id"], "name": "Other"})
    ada.call("DELETE", PASSKEY, {"id": first["id"]})


def sessions(ada: Watched) -> None:
    ada.sign_in()
    other = Watched(ada.documented, ada.app, "ada")
    other.log_in()
    ada.get("/api/user/sessions")
    ada.call("DELETE", "/api/user/sessions", {"all": True})
    ada.get("/passkeys")
    ada.get("/login")
    ada.get("/setup")
    ada.get("/api/auth/logout")
    ada.log_in()
    ada.log_out()


def others(ada: Watched) -> None:
    Watched(ada.documented, ada.app, "bob").post(
        "/api/auth/register", {"username": "bob", "password": PASSWORD}
    )
    for path in (
        "/register",
        "/login",
        "/passkeys",
        "/healthz",
        "/readyz",
        "/docs",
        "/api/openapi.json",
    ):
        ada.get(path)
    for path in (
        "/api/setup",
        "/api/server/public",
        "/api/healthcheck",
        "/api/version",
        "/metrics",
    ):
        ada.get(path)
    ada.get("/metrics", headers={"Authorization": f"Bearer {METRICS}"})


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
    adas.ask("GET", f"{PASSKEYS}/{begun['id']}")
    adas.ask("PATCH", f"{PASSKEYS}/{begun['id']}", {"name": "x"})
    adas.attempt(begun, {})
    adas.ask("GET", f"{PASSKEYS}/{begun['id']}")
    adas.ask("DELETE", f"{PASSKEYS}/{begun['id']}")
    made = adas.add()
    adas.ask("PATCH", f"{PASSKEYS}/{made['id']}", {"name": "y"})
    adas.sign_in_by_passkey()
    adas.ask("GET", f"{PASSKEYS}/{made['id']}")


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


def test_every_success_is_answered_as_documented(documented: Documented, everything: Flask) -> None:
    ada = Watched(documented, everything, "ada")
    for part in (first_account, account, passkeys, sessions, others):
        part(ada)
    adas = Clerk(ada)
    for part_of_clerk in (clerk_sign_in, clerk_passkeys, clerk_sessions):
        part_of_clerk(adas)
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
    schema = {"$ref": "#/components/schemas/ZiplineUserAnswer"}
    body: Any = ada.get("/api/user").json
    assert documented.invalid(schema, body, strictly=True) == []
    assert (
        documented.invalid(schema, body | {"user": body["user"] | {"more": 1}}, strictly=True) != []
    )
    del body["user"]["role"]
    assert documented.invalid(schema, body) != []
