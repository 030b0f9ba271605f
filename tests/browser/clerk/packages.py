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


def scripts(version: str) -> Path:
    """Return the folder of the SDK's browser scripts.

    Without npm or a network, skip the test, or fail it in CI.
    """
    # Inside the virtual environment, so that `make clean` removes it.
    within = sys.prefix if sys.prefix != sys.base_prefix else tempfile.gettempdir()
    cache = Path(within) / "clerk-js"
    folder = cache / version / "package/dist"
    if not folder.is_dir():
        _fetch(version, cache)
    return folder


def _fetch(version: str, cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        tarball = Path(temporary) / f"clerk-clerk-js-{version}.tgz"
        command = ["npm", "pack", "--silent", "--ignore-scripts", f"@clerk/clerk-js@{version}"]
        try:
            subprocess.run(command, cwd=temporary, check=True, capture_output=True, timeout=120)
        except (OSError, subprocess.SubprocessError) as error:
            give_up = pytest.fail if os.environ.get("CI") else pytest.skip
            give_up(
                f"npm cannot fetch Clerk's SDK {version} ({type(error).__name__});"
                " tests/install-programs installs npm"
            )
        digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
        assert digest == SDKS[version], "this is not the package that was tested"
        unpacked = Path(temporary) / "unpacked"
        with tarfile.open(tarball) as archive:
            archive.extractall(unpacked, filter="data")
        shutil.rmtree(cache / version, ignore_errors=True)
        try:
            unpacked.rename(cache / version)
        except OSError:  # another worker was faster
            assert (cache / version / "package/dist").is_dir()
