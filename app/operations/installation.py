"""The files and libraries that this installation consists of, as `flask doctor` sees them."""

import platform
import re
from configparser import ConfigParser
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from app.settings import Settings

_CHECKOUT = Path(__file__).parents[2] / "setup.cfg"
_BOUND = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[a-z,]+\])?\s*>=\s*([0-9.]+)")


class Library(NamedTuple):
    """A library, the version that is installed (None: none is) and the oldest that the tests run with."""

    name: str
    installed: str | None
    oldest: str


def libraries(*, uses_sqlite: bool) -> list[Library]:
    """List Python and the libraries that Passline needs."""
    listed = _requirements()
    if not uses_sqlite:
        listed += ["psycopg >= 3.3.9"]
    found = [Library("python", platform.python_version(), "3.11")]
    for line in listed:
        if (match := _BOUND.match(line)) and "extra ==" not in line:
            found.append(Library(match[1], _installed(match[1]), match[2]))
    return found


def _requirements() -> list[str]:
    """Read the bounds where they are written: in a checkout, or in what was installed from one."""
    if _CHECKOUT.is_file():
        parser = ConfigParser(interpolation=None)
        parser.read(_CHECKOUT)
        return parser["options"]["install_requires"].split("\n")
    try:
        return metadata.requires("passline") or []
    except metadata.PackageNotFoundError:
        return []


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def outdated(*, uses_sqlite: bool) -> list[str]:
    """Say which libraries are missing or older than the tests run with."""
    return [
        f"{each.name} is {each.installed or 'missing'}; it has to be {each.oldest} or newer."
        for each in libraries(uses_sqlite=uses_sqlite)
        if each.installed is None or _numbers(each.installed) < _numbers(each.oldest)
    ]


def _numbers(version: str) -> tuple[int, ...]:
    parts = [int(part) for part in re.findall(r"\d+", version.partition("+")[0])][:4]
    while parts and parts[-1] == 0:  # 50.0 is 50
        parts.pop()
    return tuple(parts)


def open_to_others(settings: Settings, *, uses_sqlite: bool) -> list[str]:
    """Say which of the files that hold secrets other users of the machine may open."""
    paths = [settings.data_dir, settings.data_dir / "secret_key"]
    if uses_sqlite:
        file = settings.database_url.removeprefix("sqlite:///")
        paths += [Path(file), Path(f"{file}-wal"), Path(f"{file}-shm")]
    owner = settings.data_dir.stat().st_uid if settings.data_dir.exists() else None
    found = []
    for path in filter(Path.exists, paths):
        status = path.stat()
        if status.st_mode & 0o077:
            found.append(f"Other users may open {path}; run: chmod go= {path}")
        if status.st_uid != owner and path != settings.data_dir:
            found.append(
                f"{path} belongs to another user than {settings.data_dir}; the server may not be able to use it."
            )
    return found
