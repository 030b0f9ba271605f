"""The worker processes of a gunicorn that a test started, and no others."""

import os
import signal
import time
from pathlib import Path

from tests.ops.gunicorn import Running


def pids(server: Running) -> list[int]:
    """Return the process ids of the workers."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return [int(pid) for pid in children.read_text().split()]


def wait_until_started(server: Running, many: int) -> None:
    """Wait until there are so many workers, each with its thread for housekeeping."""
    for _ in range(1000):
        threads = [len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in pids(server)]
        if len(threads) == many and min(threads) > 1:
            return
        time.sleep(0.01)
    raise AssertionError(f"the workers did not start: {server.log.read_text()}")


def kill(server: Running, which: int | None = None) -> None:
    """Kill one worker, or all of them, as the kernel does when memory is short."""
    for pid in pids(server)[slice(which, None if which is None else which + 1)]:
        os.kill(pid, signal.SIGKILL)


def wait_for_new(server: Running, old: list[int], many: int) -> None:
    """Wait until every one of `old` is gone, and there are `many` workers again."""
    for _ in range(200):
        now = pids(server)
        if len(now) == many and not set(now) & set(old):
            return
        time.sleep(0.05)
    raise AssertionError(f"the workers were not replaced: {server.log.read_text()}")
