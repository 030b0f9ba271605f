"""A Redis of our own, on a free port, which a test may stop, freeze and start again."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import free_port


class Redis:
    """A server with its data in memory only."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        command = ["redis-server", *options, "--appendonly", "no", "--dir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            time.sleep(0.02)
        raise AssertionError("redis-server did not start")

    def kill(self) -> None:
        """Kill it; what it counted is gone."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Let it hold its connections, and answer nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Redis]:
    """Run one; without redis-server the test is skipped, and fails in CI."""
    if shutil.which("redis-server") is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("there is no redis-server")
    redis = Redis(folder)
    try:
        yield redis
    finally:
        redis.kill()
