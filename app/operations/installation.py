"""The files and libraries of this installation, for `flask doctor`."""

import platform
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import orjson
from packaging.requirements import Requirement

from app.settings import Settings


class Library(NamedTuple):
    """A library, its installed version (None: missing) and the versions we test."""

    name: str
    installed: str | None
    wanted: str

    @property
    def fits(self) -> bool:
        """Whether the installed version is one that we test."""
        return self.installed is not None and Requirement(
            f"{self.name}{self.wanted}"
        ).specifier.contains(self.installed, prereleases=True)


def libraries(*, driver: str | None) -> list[Library]:
    """Return Python and the libraries that Passline needs, including the `driver`.

    Nothing is returned where Passline runs without having been installed.
    """
    if _version("passline") is None:
        return []
    python = str(metadata.metadata("passline")["Requires-Python"])
    # A build of Python may call itself 3.13.0+, which is no version by PEP 440.
    found = [Library("python", platform.python_version().rstrip("+"), python)]
    for each in map(Requirement, metadata.requires("passline") or []):
        extra = (
            each.name == driver and each.marker and each.marker.evaluate({"extra": "postgresql"})
        )
        if each.marker is None or extra:
            found.append(Library(each.name, _version(each.name), str(each.specifier)))
    return found


def is_stale() -> bool:
    """Return whether setup.cfg has changed since this checkout was installed."""
    setup = Path(__file__).parents[2] / "setup.cfg"
    try:
        installed = metadata.distribution("passline")
    except metadata.PackageNotFoundError:
        return False
    source = orjson.loads(installed.read_text("direct_url.json") or "{}").get("url")
    if not setup.exists() or source != setup.parent.as_uri():
        return False  # it was installed from somewhere else
    [record] = [each for each in installed.files or [] if each.name == "METADATA"]
    return setup.stat().st_mtime > Path(str(record.locate())).stat().st_mtime


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def outdated(libraries: list[Library]) -> list[str]:
    """Return a sentence for each library that is missing or has an untested version."""
    return [
        f"{each.name} is {each.installed or 'missing'}; it has to be {each.wanted}."
        for each in libraries
        if not each.fits
    ]


def open_to_others(settings: Settings, *, file: Path | None) -> list[str]:
    """Return a sentence for each file with secrets that other users may open.

    `file` is the database, if it is a file.
    """
    paths = [settings.data_dir, settings.data_dir / "secret_key"]
    if file is not None:
        paths += [file, Path(f"{file}-wal"), Path(f"{file}-shm")]
    owner = settings.data_dir.stat().st_uid if settings.data_dir.exists() else None
    found = []
    for path in filter(Path.exists, paths):
        status = path.stat()
        if status.st_mode & 0o077:
            found.append(f"Other users may open {path}; run: chmod go= {path}")
        if status.st_uid != owner and path != settings.data_dir:
            found.append(
                f"{path} belongs to another user than {settings.data_dir};"
                " the server may not be able to use it."
            )
    return found
