"""/.well-known/webauthn: which other domains may use the passkeys."""

import pytest

from app.storage import database
from tests.conftest import MakeApp

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PATH = "/.well-known/webauthn"
ORIGINS = {"RP_ID": "example.com", "ORIGINS": "https://auth.example.com,https://b.org"}
RELATED = {"RELATED_ORIGINS": "https://b.org,https://c.org"}


def test_it_lists_the_related_origins_and_spends_nothing_on_our_own(make_app: MakeApp) -> None:
    answer = make_app(**ORIGINS, **RELATED).test_client().get(PATH)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json == {"origins": ["https://b.org", "https://c.org"]}


def test_without_any_there_is_no_list(make_app: MakeApp) -> None:
    answer = make_app(RP_ID="example.com").test_client().get(PATH)
    assert (answer.status_code, (answer.json or {})["error"]) == (404, "not_found")


def test_below_a_prefix_it_is_at_the_root_too(make_app: MakeApp) -> None:
    browser = make_app(**ORIGINS, **RELATED, URL_PREFIX="/auth").test_client()
    assert browser.get(PATH).json == browser.get(f"/auth{PATH}").json
    assert browser.get(PATH).status_code == 200


def test_it_needs_no_database(make_app: MakeApp) -> None:
    app = make_app(**ORIGINS, **RELATED)
    database.bind("postgresql://127.0.0.1:9/nothing")
    assert app.test_client().get(PATH).status_code == 200
