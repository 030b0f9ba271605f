"""Every route that writes has a rate, and one of its user where it needs a sign-in."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for

from tests.clerk.client import Clerk
from tests.conftest import MakeApp
from tests.people import PASSKEYS, Person
from tests.routes import writing

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

_numbers = itertools.count(1)


def address() -> str:
    """Return an address of a network that nobody has had."""
    number = next(_numbers)
    return f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"


def test_every_route_that_writes_has_a_rate(make_app: MakeApp) -> None:
    routes = writing(make_app(CLERK="development"))
    assert len(routes) >= 10
    assert [name for name, view in routes.items() if not getattr(view, "rate", "")] == []


def test_every_route_that_writes_for_a_user_has_a_rate_of_the_user(make_app: MakeApp) -> None:
    routes = writing(make_app(CLERK="development"))
    signed_in = {name: view for name, view in routes.items() if view.operation.signed_in}
    assert len(signed_in) >= 5
    assert [name for name, view in signed_in.items() if not view.rate_of_user] == []


def unlimited_gets(app: Flask) -> list[str]:
    """Return a path of each GET without a rate but for /readyz, which bounds itself."""
    with app.test_request_context():
        return [
            url_for(rule.endpoint, **dict.fromkeys(rule.arguments, "x"))
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or set()) and rule.rule != "/readyz"
            if not getattr(app.view_functions[rule.endpoint], "rate", "")
        ]


def test_a_get_without_a_rate_writes_nothing(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(CLERK="development", METRICS="127.0.0.1")
    people = (Person(app, "ada").set_up(), Person(app, "eve"))
    paths, log = unlimited_gets(app), tmp_path / "passline.db-wal"
    assert len(paths) >= 10
    before = log.stat().st_size
    for path, person in itertools.product(paths, people):
        assert person.get(path).status_code < 500
        assert log.stat().st_size == before, path


@pytest.fixture
def limited(make_app: MakeApp) -> Flask:
    """An app that limits, with one account, ada's."""
    app = make_app(RATE_LIMITS="on")
    Person(app, "ada").set_up()
    return app


def from_everywhere(limited: Flask) -> Person:
    """Return ada, signed in, from a network that nobody has had."""
    ada = Person(limited, "ada")
    ada.browser.environ_base["REMOTE_ADDR"] = address()
    assert ada.log_in().status_code == 200
    return ada


def statuses(ask: Any, many: int) -> list[int]:
    return [ask(environ_overrides={"REMOTE_ADDR": address()}).status_code for _ in range(many)]


def test_a_user_who_comes_from_ever_new_networks_meets_a_rate(limited: Flask) -> None:
    ada = from_everywhere(limited)
    assert statuses(lambda **how: ada.get(f"{PASSKEYS}/options", **how), 61) == [200] * 60 + [429]
    answer = ada.get(f"{PASSKEYS}/options", environ_overrides={"REMOTE_ADDR": address()})
    assert answer.headers["x-ratelimit-limit"] == "60"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_another_user_of_the_same_network_has_a_rate_of_their_own(limited: Flask) -> None:
    ada, bob = from_everywhere(limited), Person(limited, "bob")
    statuses(lambda **how: ada.get(f"{PASSKEYS}/options", **how), 61)
    bob.added_by_hand()
    assert bob.get(f"{PASSKEYS}/options").status_code == 200


@pytest.mark.zipline
def test_an_api_token_is_limited_as_its_user(limited: Flask) -> None:
    token = {"Authorization": from_everywhere(limited).api_token()}
    stranger = Person(limited, "nobody")
    found = statuses(
        lambda **how: stranger.call("PATCH", "/api/user", {"view": {}}, headers=token, **how), 61
    )
    assert found == [200] * 60 + [429]


@pytest.mark.clerk
def test_clerks_clients_are_limited_as_their_users(limited: Flask) -> None:
    adas = Clerk(from_everywhere(limited))
    path = "/v1/me/passkeys/idn_x"
    found = statuses(lambda **how: adas.ask("PATCH", path, {"name": "x"}, **how), 61)
    assert found == [404] * 60 + [429]


def test_what_is_refused_counts_for_the_network_too(limited: Flask) -> None:
    ada = from_everywhere(limited)
    for _ in range(120):
        ada.get(f"{PASSKEYS}/options")
    answer = ada.get(f"{PASSKEYS}/options")
    assert (answer.status_code, answer.headers["x-ratelimit-limit"]) == (429, "120")
