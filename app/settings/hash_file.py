"""A sorted file of SHA-1 hashes, one a line in hex, as Have I Been Pwned offers it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from app.settings.validators import fault

_LINE = re.compile(rb"([0-9A-Fa-f]{40})(?::[0-9]+)?\r?\n?")
_LONGEST = 80  # bytes of a line; a file of another kind may have no line breaks at all
_FIRST, _PROBES = 100, 64


def hash_file(text: str) -> Path:
    """Parse the path of such a file. Its first lines and some others are checked."""
    path = Path(text).absolute()
    try:
        if not path.is_file():
            raise fault(text, "is not a file", "correct the path, or leave it unset")
        with path.open("rb") as file:
            _check(file, path.stat().st_size, text)
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
        raise fault(text, reason, "correct the path and the permissions") from None
    return path


def _check(file: BinaryIO, size: int, text: str) -> None:
    previous = b""
    for found in _samples(file, size):
        if found is None or found < previous:
            wrong = "has a line that is not a SHA-1 hash in hex" if found is None else "is unsorted"
            fix = "use the file of SHA-1 hashes that is ordered by hash"
            raise fault(text, wrong, fix)
        previous = found
    if not previous:
        raise fault(text, "is empty", "fill it, or leave the setting unset")


def _samples(file: BinaryIO, size: int) -> Iterator[bytes | None]:
    """Yield the first hashes and some from all over the file; None for another line."""
    for _ in range(_FIRST):
        if line := file.readline(_LONGEST):
            yield _hash(line)
    start = file.tell()
    for probe in range(_PROBES):
        if line := line_from(file, start + (size - start) * probe // _PROBES):
            yield _hash(line)


def _hash(line: bytes) -> bytes | None:
    match = _LINE.fullmatch(line)
    return match.group(1).upper() if match else None


def line_from(file: BinaryIO, place: int) -> bytes:
    """Return the first line that begins at `place` or after it; empty if none does."""
    if place:
        file.seek(place - 1)
        file.readline(_LONGEST)
    else:
        file.seek(0)
    return file.readline(_LONGEST)
