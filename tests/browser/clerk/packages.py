"""Clerk's browser SDK from npm, in both of its living majors, fetched once and kept."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pytest

# Each version's tarball by the SHA-512 that the registry lists.
SDKS = {
    "5.128.0": (
        "aw8USKnrZVPOqJfp1eKpbaQL+jUYkXJn/v3XdBslfT4jXEUIqkyITmlgY8bA9GqVF7xGcr+m/HJTpgvGbtIvXA=="
    ),
    "6.40.0": (
        "2MnZ/ygvuCmeuqfXQmsxfQaLN/SSJvQbtT2cLXbgr5VKr3KmZFZBVvX977fG3eZ6pprl4J9pO+I2bbe6BvColg=="
    ),
}
# The components of the SDK from 6 on; 5 has its own within.
COMPONENTS = {
    "1.36.0": (
        "uI96zYCh5jISLOt1mdpIPy/Y31P0kwFxjUFOxLUwFfTHFmGUcRjbqN6bbb+75tdI2Bz6ARGws3rhspDer+xIfQ=="
    ),
}


def scripts(version: str) -> Path:
    """Return the folder of the SDK's browser scripts.

    Without npm or a network, skip the test, or fail it in CI.
    """
    return _folder("clerk-js", version, SDKS[version])


def components() -> Path:
    """Return the folder of the components' browser scripts, likewise."""
    [(version, digest)] = COMPONENTS.items()
    return _folder("ui", version, digest)


def _folder(name: str, version: str, digest: str) -> Path:
    # Inside the virtual environment, so that `make clean` removes it.
    within = sys.prefix if sys.prefix != sys.base_prefix else tempfile.gettempdir()
    cache = Path(within) / name.replace("ui", "clerk-ui")
    folder = cache / version / "package/dist"
    if not folder.is_dir():
        _fetch(name, version, digest, cache)
    return folder


def _fetch(name: str, version: str, wanted: str, cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        tarball = Path(temporary) / f"clerk-{name}-{version}.tgz"
        command = ["npm", "pack", "--silent", "--ignore-scripts", f"@clerk/{name}@{version}"]
        try:
            subprocess.run(command, cwd=temporary, check=True, capture_output=True, timeout=120)
        except (OSError, subprocess.SubprocessError) as error:
            give_up = pytest.fail if os.environ.get("CI") else pytest.skip
            give_up(
                f"npm cannot fetch Clerk's {name} {version} ({type(error).__name__});"
                " tests/install-programs installs npm"
            )
        digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
        assert digest == wanted, "this is not the package that was tested"
        unpacked = Path(temporary) / "unpacked"
        with tarfile.open(tarball) as archive:
            archive.extractall(unpacked, filter="data")
        shutil.rmtree(cache / version, ignore_errors=True)
        try:
            unpacked.rename(cache / version)
        except OSError:  # another worker was faster
            assert (cache / version / "package/dist").is_dir()
