"""A PostgreSQL server of our own, which a test may restart, fill and break."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import free_port

# No test crashes the machine, so nothing needs to reach the disk itself.
QUICKLY = {
    "fsync": "off",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "max_connections": "40",
}


UTF8 = ("-E", "UTF8", "--locale=C")


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs, or of one beside it.

    Where there is none, the test is skipped; in CI it fails.
    """
    bins = ["/usr/sbin", *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin")))]
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(bins))
    if not found:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up(f"{name} is not installed")
    return str(found)


class Cluster:
    """The server, run as the user postgres where the tests are root's, who may not."""

    def __init__(self, folder: Path, *, primary: "Cluster | None" = None) -> None:
        self.folder, self.port = folder, free_port()
        self._user = "postgres" if os.getuid() == 0 else None
        self.give(folder)
        if primary:
            where = ("-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres")
            self._run("pg_basebackup", "-D", "data", "-R", "-c", "fast", *where)
        else:
            self._run("initdb", "-D", "data", "-A", "trust", "-U", "postgres", "-N", *UTF8)
        settings = {**QUICKLY, "port": self.port}
        with (folder / "data/postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self.control("start")

    def give(self, folder: Path) -> None:
        """Make the server the owner of a folder."""
        if self._user:
            shutil.chown(folder, self._user)

    def _run(self, *command: str) -> None:
        words = [program(command[0]), *command[1:]]
        log = self.folder / "commands.log"
        with log.open("ab") as output:
            done = subprocess.run(
                words, cwd=self.folder, user=self._user, stdout=output, stderr=output, timeout=60
            )
        assert done.returncode == 0, log.read_text()

    def control(self, *words: str) -> None:
        """Run pg_ctl, and wait until it is done."""
        self._run("pg_ctl", "-D", "data", "-l", "server.log", "-w", "-t", "50", *words)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all of its processes, as a hypervisor or a dead disk does."""
        postmaster = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
        pids = [postmaster, *map(int, children.split())]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def follow(self) -> None:
        """Start a stopped server as one that only reads."""
        (self.folder / "data/standby.signal").touch()
        self.control("start")

    def database(self, name: str) -> str:
        """Make a database, and return its URL."""
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str = "postgres") -> str:
        """Return the URL of a database."""
        return f"postgresql://127.0.0.1:{self.port}/{name}?user=postgres"


@contextlib.contextmanager
def cluster(*, primary: Cluster | None = None) -> Iterator[Cluster]:
    """Run a server, or a standby of one, for as long as the `with` block lasts."""
    program("initdb")
    # pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="passline-cluster-"))
    try:
        made = Cluster(folder, primary=primary)
        try:
            yield made
        finally:
            if (folder / "data/postmaster.pid").exists():
                made.control("stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder)
