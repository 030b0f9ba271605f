"""The secret key: from the settings, or generated once and kept in DATA_DIR."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.settings import PREFIX, Settings, SettingsError, log
from app.settings import validators as v


def load_secret_key(settings: Settings) -> bytes:
    """Return the secret key, from the settings or else from DATA_DIR/secret_key.

    The first process creates the file, with mode 0600. Raises `SettingsError` if it can
    be neither read nor created, or if its content is too weak.
    """
    if _is_missing(settings):
        with _usable(secret_key_file(settings)) as path:
            _create_secret_file(path)
    return _read(settings)


def read_secret_key(settings: Settings) -> bytes | None:
    """Return what `load_secret_key` does, or None where that would create the file.

    Raises `SettingsError`.
    """
    return None if _is_missing(settings) else _read(settings)


def _is_missing(settings: Settings) -> bool:
    with _usable(secret_key_file(settings)) as path:
        there = settings.secret_key is not None or path.exists()
    return not there


def _read(settings: Settings) -> bytes:
    if settings.secret_key is not None:
        return settings.secret_key.encode("utf-8", "surrogateescape")
    with _usable(secret_key_file(settings)) as path:
        key = path.read_bytes().strip()
        loose = path.stat().st_mode & 0o077
    if loose:
        log.warning("%s is open to other users; run: chmod 600 %s", path, path)
    try:
        v.secret(key.decode("utf-8", "replace"))
    except ValueError as error:
        raise SettingsError([f"{PREFIX}DATA_DIR: {path}: {error}"]) from None
    return key


def secret_key_file(settings: Settings) -> Path:
    """Return the path of the secret key that is not in the settings themselves."""
    return settings.data_dir / "secret_key"


@contextmanager
def _usable(path: Path) -> Iterator[Path]:
    try:
        yield path
    except OSError as error:
        fix = f"let this user write there, or set {PREFIX}SECRET_KEY"
        fault = f"{PREFIX}DATA_DIR: {path} cannot be used ({error.strerror}); {fix}."
        raise SettingsError([fault]) from error


def _create_secret_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".secret_key.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(descriptor)
        # A link is atomic, and unlike a rename it never replaces another process's key.
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()
