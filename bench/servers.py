"""Servers to measure: pinned to one core, with CPU time and memory read from /proc."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from bench.http11 import Connection
from tests.live import free_port

ROOT = Path(__file__).parent.parent
SERVER_CORE, CLIENT_CORE = 0, 1


class Server(NamedTuple):
    """A running server; `started` is the seconds from its start to its first 200."""

    base: str
    pid: int | None
    started: float

    def workers(self) -> list[int]:
        """Return the worker processes, or the process itself where it has none."""
        if self.pid is None:
            return []
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(child) for child in children] or [self.pid]

    def cpu(self) -> float:
        """Return the CPU seconds that the workers have used, to the nanosecond.

        They are read from the schedstat of every thread.
        """
        total = 0
        for pid in self.workers():
            for thread in Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(FileNotFoundError):
                    total += int((thread / "schedstat").read_text().split()[0])
        return total / 1e9

    def memory(self) -> float:
        """Return the resident memory of the largest worker, in MB."""
        sizes = [
            int(line.split()[1]) / 1024
            for pid in self.workers()
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("VmRSS:")
        ]
        return max(sizes, default=0.0)


@contextlib.contextmanager
def running(
    app: str,
    check: str,
    *,
    workers: int = 1,
    settings: dict[str, str] | None = None,
    argon2: str = "",
    tree: Path = ROOT,
) -> Iterator[Server]:
    """Run `app` under gunicorn, pinned to the server's core, until the block ends."""
    data, port = Path(tempfile.mkdtemp(prefix="passline-bench-")), free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("PASSLINE_")}
    env |= {"PORT": str(port), "WEB_CONCURRENCY": str(workers)}
    env |= {"PASSLINE_DATA_DIR": str(data), "PASSLINE_ORIGINS": f"http://localhost:{port}"}
    env |= {"PASSLINE_RATE_LIMITS": "off", "PASSLINE_LOG_LEVEL": "warning", **(settings or {})}
    env |= {"PASSLINE_ARGON2": argon2} if argon2 else {}
    log = (data / "log").open("w+")
    command = [sys.executable, "-m", "gunicorn", "--log-level", "warning", app]
    pinned = {"stdout": log, "stderr": log, "preexec_fn": _pin}
    begun = time.monotonic()
    process = subprocess.Popen(command, cwd=tree, env=env, **pinned)
    try:
        started = _first_200(process, port, check, log) - begun
        yield Server(f"http://127.0.0.1:{port}", process.pid, started)
    finally:
        process.terminate()
        process.wait(timeout=60)
        log.close()
        shutil.rmtree(data)


def _pin() -> None:
    os.sched_setaffinity(0, {SERVER_CORE})


def _first_200(process: subprocess.Popen[bytes], port: int, path: str, log: TextIO) -> float:
    for _ in range(3000):
        with contextlib.suppress(OSError, ConnectionError):
            connection = Connection(f"http://127.0.0.1:{port}")
            if connection.ask("GET", path).status == 200:
                connection.close()
                return time.monotonic()
        if process.poll() is not None:
            break
        time.sleep(0.01)
    log.seek(0)
    raise SystemExit(f"the server did not start:\n{log.read()}")
