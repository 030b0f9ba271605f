"""The load balancers of docs/more-than-one-machine.md, as it shows them."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.live import ROOT, Client, free_port
from tests.ops.gunicorn import Running, running
from tests.violence.cluster import Cluster, cluster, program
from tests.violence.workers import pids

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]

OPTIONS = "/account/api/sign-in/options"
SETTINGS = {
    "RP_ID": "example.org",
    "ORIGINS": "https://example.org",
    "SECRET_KEY": "the same key on both nodes, 0123456789",
    "TRUSTED_PROXIES": "127.0.0.1",
    "LOG_REQUESTS": "on",
}


class House(NamedTuple):
    """A load balancer before two nodes on one PostgreSQL."""

    front: int
    database: Cluster
    nodes: list[Running]

    def ask(self, path: str = OPTIONS, **headers: str) -> tuple[int, str | None]:
        """Return the status of an answer, and what it says about trying again."""
        answer = Client(self.front).call("GET", path, **headers)
        return answer.status, answer.headers.get("Retry-After")


def shown(language: str) -> str:
    """Return the document's configuration in this language."""
    text = (ROOT / "docs/more-than-one-machine.md").read_text()
    [block] = re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
    return str(block)


def haproxy(folder: Path, front: int, nodes: list[Running]) -> list[str]:
    """Write the configuration for loopback, and return the command."""
    text = shown("haproxy")
    bind = "bind :443 ssl crt /etc/ssl/private/auth.example.com.pem"
    assert text.count(bind) == 1
    text = text.replace(bind, f"bind 127.0.0.1:{front}")
    for number, node in enumerate(nodes, start=1):
        assert text.count(f"10.0.0.1{number}:8000") == 2
        text = text.replace(f"10.0.0.1{number}:8000", f"127.0.0.1:{node.port}")
    (file := folder / "haproxy.cfg").write_text(text)
    return [program("haproxy"), "-db", "-f", str(file)]


def nginx(folder: Path, front: int, nodes: list[Running]) -> list[str]:
    """Put the document's part into deploy/nginx.conf, and return the command."""
    text, upstream = (ROOT / "deploy/nginx.conf").read_text(), shown("nginx")
    for number, node in enumerate(nodes, start=1):
        upstream = upstream.replace(f"10.0.0.1{number}:8000", f"127.0.0.1:{node.port}")
    ours = {
        "listen 443 ssl;": f"listen 127.0.0.1:{front};",
        "http://127.0.0.1:8000;": "http://passline;",
        "$scheme": "https",  # there is no TLS here
        "location /auth/ {": "location / {",
    }
    text = re.sub(r"^ *ssl_certificate.*\n", "", text, flags=re.M)
    for name, value in ours.items():
        assert text.count(name) == 1, name
        text = text.replace(name, value)
    temporary = " ".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    head = f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; events {{}}"
    file = folder / "nginx.conf"
    file.write_text(f"{head}\nhttp {{ access_log off; {temporary}\n{upstream}\n{text}\n}}\n")
    return [program("nginx"), "-c", str(file), "-e", f"{folder}/nginx.log"]


@pytest.fixture(params=[haproxy, nginx])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(cluster())
        nodes = []
        for name in ("one", "two"):
            (folder := tmp_path / name).mkdir()
            ours = SETTINGS | {"DATABASE_URL": database.url()}
            nodes.append(stack.enter_context(running(folder, **ours)))
        front = free_port()
        process = subprocess.Popen(request.param(tmp_path, front, nodes))
        stack.callback(process.wait, timeout=20)
        stack.callback(process.terminate)
        made = House(front, database, nodes)
        eventually(made, 200)
        yield made


def eventually(house: House, status: int) -> None:
    """Wait until the front answers so, ten times in a row."""
    end, row = time.monotonic() + 20, 0
    while row < 10:
        assert time.monotonic() < end, f"it never answers with {status}"
        with contextlib.suppress(OSError):
            row = row + 1 if house.ask()[0] == status else 0
        time.sleep(0.05)


def test_what_clients_claim_about_themselves_ends_there(house: House) -> None:
    client = Client(house.front)
    forged = {"For": "203.0.113.9", "Proto": "http", "Host": "evil.example", "Prefix": "/evil"}
    headers = {f"X-Forwarded-{name}": value for name, value in forged.items()}
    body = {"username": "eve", "password": "no good"}
    wrong = client.call("POST", "/account/api/sign-in/password", body, **headers)
    assert wrong.status == 400
    answer = client.call("GET", "/passkeys", **headers, **{"X-Request-Id": "mine"})
    assert (answer.status, answer.headers["Location"]) == (302, "/login?next=/passkeys")
    logs = "".join(node.log.read_text() for node in house.nodes)
    assert "address=127.0.0.1" in logs and "route=/passkeys" in logs
    for each in ("203.0.113.9", "evil", "request_id=mine"):
        assert each not in logs


def test_it_serves_as_long_as_anything_can(house: House) -> None:
    house.database.control("stop", "-m", "fast")
    time.sleep(5)  # both nodes have been asked twice and more
    assert {house.ask() for _ in range(10)} == {(503, "5")}
    for pid in [house.nodes[0].process.pid, *pids(house.nodes[0])]:
        os.kill(pid, signal.SIGKILL)
    assert {house.ask() for _ in range(10)} == {(503, "5")}
    house.database.control("start")
    begun = time.monotonic()
    eventually(house, 200)
    assert time.monotonic() - begun < 5
