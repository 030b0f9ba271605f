"""The files and libraries of this installation, for `flask doctor`."""

import platform
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

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
    """Return Python and the libraries that Passline needs, including the `driver`."""
    python = metadata.metadata("passline")["Requires-Python"] if _is_installed() else ""
    found = [Library("python", platform.python_version(), str(python))]
    for each in _requirements():
        if each.marker is None or (
            each.name == driver and each.marker.evaluate({"extra": "postgresql"})
        ):
            found.append(Library(each.name, _version(each.name), str(each.specifier)))
    return found


def _is_installed() -> bool:
    return _version("passline") is not None


def _requirements() -> Iterator[Requirement]:
    if _is_installed():
        yield from map(Requirement, metadata.requires("passline") or [])


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def outdated(*, driver: str | None) -> list[str]:
    """Return a sentence for each library that is missing or has an untested version."""
    return [
        f"{each.name} is {each.installed or 'missing'}; it has to be {each.wanted}."
        for each in libraries(driver=driver)
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
