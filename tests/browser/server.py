"""Real servers for the browser: Passline in gunicorn.

Each has its own settings, data folder and free port.
"""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
START_WITHIN = 20  # seconds


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**settings: Any) -> dict[str, str]:
    """Return this process's environment with these PASSLINE_ settings and no others."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PASSLINE_")}
    return env | {f"PASSLINE_{name}": str(value) for name, value in settings.items()}


def wait_until_up(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Wait until `url` answers with anything.

    Raises `RuntimeError` with the log when the server ends or stays silent.
    """
    end = time.monotonic() + START_WITHIN
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            time.sleep(0.03)
    stop(process)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server that we started, by its process id.

    It ends quickly, although browsers keep connections open.
    """
    process.send_signal(signal.SIGINT)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Server:
    """A running Passline: where it is, and what a test may do behind its back."""

    url: str
    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, folder: Path, *, url: str = "", **settings: Any) -> "Server":
        """Start gunicorn.

        `url` is where the browser finds it, when that is not its own port.
        """
        port = free_port()
        own = f"http://localhost:{port}"
        origin = "/".join((url or own).split("/")[:3])
        usual = {
            "ORIGINS": origin,
            "DATA_DIR": folder / "data",
            "RATE_LIMITS": "off",
            "ARGON2": "m=8,t=1,p=1",
        }
        env = environment(**{**usual, **settings}) | {"PORT": str(port)}
        log = folder / "log"
        with log.open("wb") as output:
            command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
            process = subprocess.Popen(command, cwd=CHECKOUT, env=env, stdout=output, stderr=output)
        wait_until_up(process, f"{own}/healthz", log)
        return cls(url or own, folder, env, process)

    @property
    def port(self) -> str:
        """Return the port that gunicorn itself listens on."""
        return self.environment["PORT"]

    def stop(self) -> None:
        """End the server, and assert that it never met an unexpected error.

        That counts whatever the page made of the error.
        """
        stop(self.process)
        log = self.log()
        assert "Traceback" not in log, log

    def log(self) -> str:
        """Return what the server has logged."""
        return (self.folder / "log").read_text()

    def flask(self, *arguments: str) -> str:
        """Run a command of `flask` beside the server, and return what it printed."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        read = {"capture_output": True, "text": True, "check": True}
        done = subprocess.run(command, cwd=CHECKOUT, env=self.environment, **read)
        return done.stdout.strip()

    def sql(self, statement: str, *values: object) -> None:
        """Write to the server's database."""
        connection = sqlite3.connect(self.folder / "data" / "passline.db", timeout=5)
        with connection:
            connection.execute(statement, values)
        connection.close()


def served_with(**settings: Any) -> pytest.MarkDecorator:
    """Return the mark that gives the test's `live_server` these settings.

    With `first_start` nobody has an account there yet.
    """
    ids = ["-".join(settings)]
    return pytest.mark.parametrize("live_server", [settings], indirect=True, ids=ids)
