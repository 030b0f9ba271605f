"""A disk of a few megabytes to fill and write-protect.

Where mounting is not allowed, a limit on the size of files stands in for it.
"""

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops.gunicorn import Running
from tests.violence import workers


class Disk:
    """A tmpfs at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self) -> None:
        """Write until not a byte is left."""
        with (
            (self.path / "ballast").open("ab", buffering=0) as ballast,
            contextlib.suppress(OSError),
        ):
            while True:
                ballast.write(bytes(4096))

    def empty(self) -> None:
        """Make room again."""
        (self.path / "ballast").unlink()

    def writable(self, allowed: bool) -> None:
        """Mount it again, writable or not.

        The kernel refuses to write-protect it while a file is open for writing.
        """
        mode = "rw" if allowed else "ro"
        subprocess.run(["mount", "-o", f"remount,{mode}", self.path], check=True)


@contextlib.contextmanager
def disk(path: Path, *, size: str) -> Iterator[Disk]:
    """Mount a disk at `path`; skip the test where mounting is not allowed."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", path]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here; the limit on file sizes is tested everywhere")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def limit_file_size(server: Running, size: int) -> None:
    """Let no file of the server grow beyond `size` bytes; -1 removes the limit."""
    for pid in [server.process.pid, *workers.pids(server)]:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
