"""Forwarded headers on a real gunicorn, by TCP and by a unix socket."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.live import ROOT, free_port
from tests.ops.gunicorn import environment

pytestmark = pytest.mark.slow

OPTIONS = "/account/api/sign-in/options"
# What names no origin but the one of its Host.
FORGED = {
    "scheme": {"X-Forwarded-Proto": "https"},
    "old scheme": {"X-Forwarded-Ssl": "on"},
    "older scheme": {"X-Forwarded-Protocol": "ssl"},
    "prefix": {"X-Forwarded-Prefix": "/evil"},
    "prefix with underscores": {"X_Forwarded_Prefix": "/evil"},
    "server's prefix": {"SCRIPT_NAME": "/evil"},
    "server's path": {"PATH_INFO": "/evil"},
    "host": {"X-Forwarded-Host": "evil.example"},
    "standard header": {"Forwarded": "for=203.0.113.9;proto=https;host=evil.example"},
    "request id": {"X-Request-Id": "evil"},
    "request id with underscores": {"X_Request_Id": "evil"},
    "contradiction": {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "off"},
}


class Listening(NamedTuple):
    """A server's address, and its log."""

    address: Any
    log: Path

    def get(self, path: str, headers: dict[str, str], name: str = "") -> HTTPResponse:
        """Make a request, from a socket with a name of its own if one is given."""
        family = socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET
        with socket.socket(family) as connection:
            if name:
                connection.bind(name)
            connection.settimeout(20)
            connection.connect(self.address)
            lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close"]
            lines += [f"{key}: {value}" for key, value in headers.items()]
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            response = HTTPResponse(connection)
            response.begin()
            response.read()
            return response

    def lines(self) -> list[dict[str, Any]]:
        """Return the requests in the log."""
        found = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in found if line["message"] == "request"]


@contextlib.contextmanager
def listening(
    folder: Path, kind: str, trusted: str, arguments: tuple[str, ...] = ()
) -> Iterator[Listening]:
    """Run gunicorn on a socket of this kind."""
    port, path, log = free_port(), str(folder / "s"), folder / "log"
    bind = f"unix:{path}" if kind == "unix" else f"127.0.0.1:{port}"
    settings = {"TRUSTED_PROXIES": trusted, "LOG_REQUESTS": "on", "LOG_FORMAT": "json"}
    command = [sys.executable, "-m", "gunicorn", *arguments, "wsgi:app"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(folder, port, BIND=bind, **settings),
            stdout=output,
            stderr=output,
        )
    server = Listening(path if kind == "unix" else ("127.0.0.1", port), log)
    try:
        for _ in range(400):
            with contextlib.suppress(OSError):
                server.get("/healthz", {})
                break
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=40)


@pytest.mark.parametrize("arguments", [(), ("-k", "gthread")], ids=["ours", "gthread"])
@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_without_the_setting_no_socket_s_headers_are_believed(
    tmp_path: Path, kind: str, arguments: tuple[str, ...]
) -> None:
    with listening(tmp_path, kind, "", arguments) as server:
        for name, headers in FORGED.items():
            forged = {"X-Forwarded-For": "203.0.113.9"} | headers
            answer = server.get(OPTIONS, forged)
            cookie = answer.headers["Set-Cookie"]
            assert (answer.status, "Secure" in cookie) == (200, False), name
            assert "Path=/;" in cookie
            assert answer.headers["Strict-Transport-Security"] is None
            assert answer.headers["X-Request-Id"] != "evil"
            assert server.get("/", forged).headers["Location"] == "/setup"
            assert server.get("/evil/", forged).status == 404
        requests = server.lines()
    assert {line.get("address", "") for line in requests} <= {"", "127.0.0.1"}
    assert "evil" not in {line["request_id"] for line in requests}


@pytest.mark.parametrize("arguments", [(), ("-k", "gthread")], ids=["ours", "gthread"])
@pytest.mark.parametrize(("kind", "trusted"), [("tcp", "127.0.0.1"), ("unix", "unix")])
def test_with_the_setting_they_are(
    tmp_path: Path, kind: str, trusted: str, arguments: tuple[str, ...]
) -> None:
    believed = {"X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/auth", "X-Request-Id": "mine"}
    addresses = ["203.0.113.9", "203.0.113.9:51234", "[2001:db8::7]:443", "[2001:db8::7]"]
    with listening(tmp_path, kind, trusted, arguments) as server:
        for address in addresses:
            answer = server.get(OPTIONS, believed | {"X-Forwarded-For": address})
            cookie = answer.headers["Set-Cookie"]
            assert "; Secure" in cookie and "Path=/auth;" in cookie
            assert answer.headers["X-Request-Id"] == "mine"
        for headers in (
            {"X-Forwarded-Proto": "https,http"},
            {"X-Forwarded-Host": "a.example,b.example"},
            {"X-Forwarded-For": "unknown"},
        ):
            assert server.get("/healthz", headers).status == 400
        for headers in ({"SCRIPT_NAME": "/evil"}, {"X-Forwarded-Ssl": "on"}):
            answer = server.get(OPTIONS, headers)
            assert (answer.status, "Secure" in answer.headers["Set-Cookie"]) == (200, False)
        seen = [line["address"] for line in server.lines() if line["request_id"] == "mine"]
    assert seen == ["203.0.113.9", "203.0.113.9", "2001:db8::7", "2001:db8::7"]


def test_a_socket_that_is_named_like_a_trusted_address_is_a_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with listening(tmp_path, "unix", "10.0.0.1") as server:
        answer = server.get(OPTIONS, {"X-Forwarded-Proto": "https"}, name="10.0.0.1")
        assert "Secure" not in answer.headers["Set-Cookie"]
