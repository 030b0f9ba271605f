"""Where the dialect is switched off, none of its routes exist."""

import pytest

from app import create_app
from tests.conftest import MakeApp
from tests.people import Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def routes(make_app: MakeApp, **settings: str) -> set[str]:
    rules = make_app(**settings).url_map.iter_rules()
    return {rule.rule for rule in rules if rule.rule.startswith(("/v1", "/.well-known"))}


def test_no_route_exists(make_app: MakeApp) -> None:
    on = routes(make_app)
    assert "/v1/me/passkeys" in on
    assert "/.well-known/jwks.json" in on
    assert routes(make_app, CLERK="off") == set()


def test_every_route_of_it_is_404_and_no_method_is_overridden(make_app: MakeApp) -> None:
    ada = Person(make_app(CLERK="off"), "ada").set_up()
    for path in ("/v1/me/passkeys", "/v1/client", "/v1/environment", "/.well-known/jwks.json"):
        for method in ("GET", "POST", "PATCH", "DELETE"):
            assert ada.call(method, path).status_code == 404
    assert ada.signed_in()


def test_importing_the_app_twice_gives_each_its_own_dialect(make_app: MakeApp) -> None:
    make_app(CLERK="off")
    assert create_app().url_map
    assert routes(make_app, CLERK="on") != set()
