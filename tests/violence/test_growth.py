"""Anonymous requests of every kind leave the database bounded."""

import contextlib
from pathlib import Path

import pytest
from werkzeug.exceptions import NotFound

from app.core import sign_in_attempts, throttle
from app.core.webauthn import challenges
from app.operations import housekeeping
from tests.conftest import MakeApp
from tests.ops.gunicorn import running
from tests.people import Person
from tests.routes import writing
from tests.violence import growth

MANY, CAP = 60, 50
FULL = dict.fromkeys(("challenges", "sign_ins", "failures"), CAP)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_route_that_strangers_may_write_by_is_asked(make_app: MakeApp) -> None:
    app = make_app(CLERK="development")
    paths, asked = app.url_map.bind("localhost"), set()
    for kind in growth.kinds().values():
        method, path, *_ = kind(1)
        with contextlib.suppress(NotFound):
            rule, _ = paths.match(path, method, return_rule=True)
            asked.add(f"{method} {rule}")
    open_to_all = {name for name, view in writing(app).items() if not view.operation.signed_in}
    assert open_to_all | {"GET /readyz"} <= asked


@pytest.mark.zipline
@pytest.mark.clerk
def test_ever_new_strangers_fill_no_table(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    for module in (challenges, sign_in_attempts, throttle):
        monkeypatch.setattr(module, "MOST_OF_ALL", CAP)
    app = make_app(RATE_LIMITS="on", TRUSTED_PROXIES="127.0.0.1", LOG_LEVEL="error")
    Person(app, "ada").set_up()
    before = growth.counted(database_url)
    for start, kind in enumerate(growth.kinds().values()):
        for n in range(MANY):
            method, path, body, headers = kind(n)
            sent = headers | {"X-Forwarded-For": growth.network(start * MANY + n)}
            answer = app.test_client().open(path, method=method, json=body, headers=sent)
            assert answer.status_code in (200, 400, 403, 404, 422), answer.text
    grown = growth.counted(database_url)
    assert all(grown[table] > CAP for table in FULL), grown
    housekeeping.clean()
    left = growth.counted(database_url)
    assert all(left[table] <= CAP for table in FULL), left
    assert left == before | {table: left[table] for table in FULL}


@pytest.mark.proof
def test_a_live_server_is_left_bounded(database_url: str, tmp_path: Path) -> None:
    settings = growth.SETTINGS | {"DATABASE_URL": database_url}
    with running(tmp_path, **settings) as server:
        before = growth.memory(server)
        for kind in growth.kinds().values():
            one = growth.flood(server.port, kind, 5000, growth.addresses(ever_new=False))
            new = growth.flood(server.port, kind, 5000, growth.addresses(ever_new=True))
            assert not {500, 502, 503} & (one.keys() | new.keys()), (one, new)
        after = growth.memory(server)
        growth.cleaned(tmp_path, server, **settings)
        growth.require_bounds(database_url)
        assert int(after.split()[0]) < int(before.split()[0]) + 80, f"{before}, then {after}"
