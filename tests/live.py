"""A real gunicorn with real worker processes, and a client that speaks HTTP to it."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.authenticator import Authenticator

ROOT = Path(__file__).parent.parent
PASSKEYS = "/account/api/passkeys"


class Answer(NamedTuple):
    """A status, the headers, and the body, decoded if it is JSON."""

    status: int
    headers: http.client.HTTPMessage
    body: Any


class Client:
    """A browser without pages: it keeps cookies, and opens a connection per request."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.authenticator = Authenticator()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Make a request and return its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/json"
        with contextlib.closing(connection):
            text = body if body is None or isinstance(body, str) else json.dumps(body)
            connection.request(method, path, text, headers)
            response = connection.getresponse()
            raw = response.read()
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        is_json = response.headers.get_content_type() == "application/json"
        return Answer(response.status, response.headers, json.loads(raw) if is_json else raw)

    def attestation(self) -> dict[str, Any]:
        """Begin a registration and return the authenticator's response."""
        options = self.call("GET", f"{PASSKEYS}/options").body["options"]
        return self.authenticator.create(options, origin=f"http://localhost:{self.port}")

    def assertion(self) -> dict[str, Any]:
        """Begin a sign-in and return the authenticator's response."""
        options = self.call("GET", "/account/api/sign-in/options").body["options"]
        return self.authenticator.get(options, origin=f"http://localhost:{self.port}")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(
    data: Path, *, workers: int = 1, port: int | None = None, **settings: str
) -> Iterator[int]:
    """Run gunicorn as `make run` does, and yield its port, a free one by default.

    The names of `settings` lack PASSLINE_.
    """
    port = port or free_port()
    usual = {
        "DATA_DIR": str(data),
        "ORIGINS": f"http://localhost:{port}",
        "ARGON2": "m=8,t=1,p=1",
        "RATE_LIMITS": "off",
    }
    env = {name: value for name, value in os.environ.items() if not name.startswith("PASSLINE_")}
    env |= {f"PASSLINE_{name}": value for name, value in (usual | settings).items()}
    env |= {"PORT": str(port), "WEB_CONCURRENCY": str(workers)}
    command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    log = (data.parent / f"gunicorn-{port}.log").open("w+")
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        _wait(process, port, log)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def _wait(process: subprocess.Popen[bytes], port: int, log: Any) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError):
            if Client(port).call("GET", "/readyz").status == 200:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    log.seek(0)
    raise AssertionError(f"the server did not start:\n{log.read()}")
