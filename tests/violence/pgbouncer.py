"""Debian's pgbouncer in transaction mode, in front of a cluster of our own."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.live import free_port
from tests.violence.cluster import Cluster, program

_CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = {size}
"""


@contextlib.contextmanager
def pgbouncer(cluster: Cluster, *, size: int) -> Iterator[int]:
    """Run it with a pool of `size` connections, and yield its port."""
    path, port, folder = program("pgbouncer"), free_port(), cluster.folder / "pgbouncer"
    folder.mkdir()
    (folder / "users.txt").write_text('"postgres" ""\n')
    words = {"server": cluster.port, "port": port, "folder": folder, "size": size}
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(_CONFIGURATION.format_map(words))
    user = "postgres" if os.getuid() == 0 else None  # it refuses to run as root
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([path, configuration], user=user, stdout=log, stderr=log)
    try:
        _wait(process, port, folder / "log")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)
        shutil.rmtree(folder)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(100):
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
