"""Run gunicorn so that a test can see its process and its log."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.live import ROOT, Client, free_port


class Running(NamedTuple):
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def client(self) -> Client:
        """Return a new browser."""
        return Client(self.port)


def environment(folder: Path, port: int, **settings: Any) -> dict[str, str]:
    """Return the environment of a server with its data below `folder`."""
    usual = {
        "DATA_DIR": folder / "data",
        "ORIGINS": f"http://localhost:{port}",
        "ARGON2": "m=8,t=1,p=1",
        "RATE_LIMITS": "off",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PASSLINE_")}
    ours = {f"PASSLINE_{name}": str(value) for name, value in (usual | settings).items()}
    return {**kept, **ours, "PORT": str(port)}


@contextlib.contextmanager
def running(
    folder: Path,
    *,
    workers: int = 1,
    arguments: Sequence[str] = ("wsgi:app",),
    tree: Path = ROOT,
    **settings: Any,
) -> Iterator[Running]:
    """Run gunicorn, and stop it at the end unless the test has done so.

    `tree` is the checkout that it runs, this one by default.
    """
    port, log = free_port(), folder / "gunicorn.log"
    env = environment(folder, port, **settings)
    env |= {"WEB_CONCURRENCY": str(workers), "TMPDIR": str(folder)}
    with log.open("ab") as stream:
        command = [sys.executable, "-m", "gunicorn", *arguments]
        process = subprocess.Popen(command, cwd=tree, env=env, stdout=stream, stderr=stream)
    server = Running(process, port, log)
    try:
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=40)


def _wait(server: Running) -> None:
    for _ in range(400):
        with contextlib.suppress(OSError):
            if server.client().call("GET", "/healthz").status == 200:
                return
        assert server.process.poll() is None, server.log.read_text()
        time.sleep(0.05)
    raise AssertionError(server.log.read_text())
