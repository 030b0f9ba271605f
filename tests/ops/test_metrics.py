"""/metrics: off by default, guarded, right with several workers, of bounded size."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import randrange
from typing import Any

import pytest
from flask import Flask

from tests.conftest import MakeApp
from tests.live import ROOT, Client
from tests.ops.gunicorn import running
from tests.people import PASSWORD, Person

TOKEN = "a-token-that-only-prometheus-knows"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def parsed(text: str) -> dict[str, float]:
    """Return the samples of the text format as {'name{labels}': value}."""
    samples = [line.rpartition(" ") for line in text.splitlines() if line[:1] != "#"]
    return {name: float(value) for name, _, value in samples}


def scrape(app: Flask) -> dict[str, float]:
    answer = app.test_client().get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    return parsed(answer.text)


def test_there_are_none_unless_they_are_switched_on(app: Flask) -> None:
    for headers in ({}, BEARER):
        assert app.test_client().get("/metrics", headers=headers).status_code == 404


def test_without_them_the_library_is_not_even_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = "import sys, app; app.create_app().test_client().get('/healthz'); print(*sys.modules)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "app.web.ops" in loaded
    assert "prometheus_client" not in loaded
    assert "app.web.metrics" not in loaded


@pytest.mark.parametrize(
    "shown", [None, TOKEN, f"Bearer {TOKEN[:-1]}", "Bearer ", f"Basic {TOKEN}", "Bearer \xff"]
)
def test_who_lacks_the_token_finds_nothing(make_app: MakeApp, shown: str | None) -> None:
    client = make_app(METRICS=TOKEN).test_client()
    answer = client.get("/metrics", headers={"Authorization": shown} if shown else {})
    assert answer.status_code == 404
    assert client.get("/metrics", headers=BEARER).status_code == 200


@pytest.mark.parametrize(
    ("address", "forwarded", "status"),
    [
        ("10.1.2.3", "", 200),
        ("::ffff:10.1.2.3", "", 200),
        ("192.0.2.1", "", 404),
        ("192.0.2.1", "10.1.2.3", 404),  # not a proxy, so not believed
        ("127.0.0.1", "10.1.2.3", 200),
        ("127.0.0.1", "192.0.2.1", 404),
        ("", "", 404),
    ],
)
def test_networks_may_be_let_in_in_place_of_a_token(
    make_app: MakeApp, address: str, forwarded: str, status: int
) -> None:
    app = make_app(METRICS="10.0.0.0/8, 2001:db8::/32", TRUSTED_PROXIES="127.0.0.1")
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    peer = {"REMOTE_ADDR": address}
    answer = app.test_client().get("/metrics", headers=headers, environ_base=peer)
    assert answer.status_code == status


def test_requests_are_counted_by_route_and_status_never_by_path(make_app: MakeApp) -> None:
    app = make_app(METRICS=TOKEN)
    ada = Person(app, "ada").set_up()
    for path in (
        "/static/css/passline.css",
        "/static/nothing.css",
        "/account/api/nothing/1",
        "/nothing/2",
        "/metrics",
    ):
        ada.get(path).close()
    ada.call("BREW", "/account/api/passkeys")
    found = scrape(app)
    count = "passline_http_requests_total"
    assert found[f'{count}{{method="POST",route="/account/api/setup",status="200"}}'] == 1
    assert found[f'{count}{{method="GET",route="/static/<path:filename>",status="200"}}'] == 1
    assert found[f'{count}{{method="GET",route="/static/<path:filename>",status="404"}}'] == 1
    assert found[f'{count}{{method="GET",route="unmatched",status="404"}}'] == 2
    assert found[f'{count}{{method="OTHER",route="unmatched",status="405"}}'] == 1
    assert found['passline_http_request_duration_seconds_count{route="/account/api/setup"}'] == 1
    assert not [name for name in found if "nothing" in name or "BREW" in name]


def test_ceremonies_are_counted_by_result_and_reason(make_app: MakeApp) -> None:
    app = make_app(METRICS=TOKEN)
    ada = Person(app, "ada").set_up()
    ada.add_passkey()
    ada.sign_in()
    ada.sign_in(signature=lambda _: b"x")
    ada.add_passkey(client_data={"origin": "https://evil.example"})
    ada.post("/account/api/sign-in/passkey", {"response": None})
    pattern = r'passline_ceremonies_total.*ceremony="(\w+)",reason="(\w*)",result="(\w+)".*'
    found = {re.fullmatch(pattern, name): value for name, value in scrape(app).items()}
    kinds = {match.expand(r"\1 \3 \2"): value for match, value in found.items() if match}
    assert kinds.pop("registration ok ") == kinds.pop("authentication ok ") == 1
    assert kinds.pop("registration refused registration_refused") == 1
    assert kinds.pop("authentication refused sign_in_refused") == 1
    assert not {kind for kind in kinds if " ok " in kind}


def test_throttled_attempts_are_counted_by_reason(make_app: MakeApp) -> None:
    app = make_app(METRICS=TOKEN, RATE_LIMITS="on")
    ada = Person(app, "ada")
    # A network that no other test has used.
    network = f"2001:db8:{randrange(65536):x}:{randrange(65536):x}"
    ada.browser.environ_base["REMOTE_ADDR"] = f"{network}::1"
    ada.set_up()
    ada.browser.delete_cookie("passline_device")  # it would have tries of its own
    for _ in range(7):
        ada.log_in("wrong password")
    for _ in range(25):
        ada.post("/account/api/setup", {"username": "eve", "password": PASSWORD})
    found = scrape(app)
    assert found['passline_throttled_total{reason="failures"}'] == 1
    assert found['passline_throttled_total{reason="rate"}'] >= 5


def test_the_pool_and_the_hashing_are_told(make_app: MakeApp, database_url: str) -> None:
    app = make_app(METRICS=TOKEN)
    Person(app, "ada").set_up()
    found = scrape(app)
    assert found["passline_password_hashing_busy"] == 0
    has_pool = database_url.startswith("postgresql")
    assert ('passline_database_connections{state="idle"}' in found) == has_pool
    if has_pool:
        assert found['passline_database_connections{state="idle"}'] >= 1


def test_openmetrics_is_given_to_who_asks_for_it(make_app: MakeApp) -> None:
    client = make_app(METRICS=TOKEN).test_client()
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = client.get("/metrics", headers=BEARER | accept)
    assert answer.mimetype == "application/openmetrics-text"
    assert answer.text.endswith("# EOF\n")
    assert client.get("/metrics", headers=BEARER).mimetype == "text/plain"


@pytest.mark.slow
def test_the_workers_metrics_sum_up_and_outlive_a_worker(database_url: str, tmp_path: Path) -> None:
    def ask(client: Client, path: str, **headers: str) -> Any:
        return client.call("GET", path, **headers)

    with running(tmp_path, workers=2, METRICS=TOKEN, DATABASE_URL=database_url) as server:
        assert ask(server.client(), "/metrics").status == 404
        name = 'passline_http_requests_total{method="GET",route="/readyz",status="200"}'
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda _: ask(server.client(), "/readyz").status, range(200)))
        assert statuses == [200] * 200
        folder = next(tmp_path.glob("passline-metrics-*"))
        counters = {path.name for path in folder.glob("counter_*.db")}
        assert len(counters) >= 2, "both workers have to have answered"
        for _ in range(6):  # whichever worker answers
            text = ask(server.client(), "/metrics", **BEARER).body.decode()
            assert parsed(text)[name] == 200
        processes = {path.stem.rpartition("_")[2] for path in folder.glob("gauge_*.db")}
        workers = processes - {str(server.process.pid)}
        os.kill(int(workers.pop()), signal.SIGKILL)
        for _ in range(100):
            if len(list(folder.glob("gauge_live*.db"))) < 3:
                break
            time.sleep(0.05)
        assert parsed(ask(server.client(), "/metrics", **BEARER).body.decode())[name] == 200
    assert not list(tmp_path.glob("passline-metrics-*"))


def test_the_first_day_is_unchanged_by_metrics(make_app: MakeApp) -> None:
    ada = Person(make_app(METRICS=TOKEN), "ada").set_up()
    assert ada.add_passkey().status_code == ada.sign_in().status_code == 200
    assert len(ada.passkeys()) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_of_three_apps_in_a_process_each_counts_its_own_ceremonies_once(make_app: MakeApp) -> None:
    apps = [make_app(METRICS=TOKEN) for _ in range(3)]
    ada = Person(apps[1], "ada").set_up()
    ada.add_passkey()
    name = 'passline_ceremonies_total{ceremony="registration",reason="",result="ok"}'
    assert [scrape(app).get(name, 0) for app in apps] == [0, 1, 0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_of_three_apps_in_a_process_one_logs_an_audit_event(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    apps = [make_app(LOG_LEVEL="info") for _ in range(3)]
    Person(apps[1], "ada").set_up()
    assert capsys.readouterr().err.count("account:user:created") == 1
