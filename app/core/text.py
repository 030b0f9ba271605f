"""Rules for usernames and passkey names."""

import re
import unicodedata

LONGEST_USERNAME = 64  # characters, normalised
# As typed it may be decomposed, and have invisible characters from where it was copied.
_LONGEST_TYPED = 4 * LONGEST_USERNAME
# Control, surrogate, and line or paragraph separator characters.
_NEVER = {"Cc", "Cs", "Zl", "Zp"}
# Invisible characters that reorder text, so that a name could pass for another.
_BIDIRECTIONAL = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Invisible characters outside category Cf: fillers, variation selectors, blank Braille.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)


def fault_in(text: str, *, longest: int) -> str | None:
    """Return what is wrong with a trimmed, normalised name, or None."""
    if not text:
        return "Give a name."
    if len(text) > longest:
        return f"Use at most {longest} characters."
    if any(
        unicodedata.category(character) in _NEVER or character in _BIDIRECTIONAL
        for character in text
    ):
        return "Leave out control characters."
    return None


def username(text: str) -> str:
    """Return the username in NFKC, trimmed, with single spaces."""
    return re.sub(" {2,}", " ", unicodedata.normalize("NFKC", text).strip())


def username_key(text: str) -> str:
    """Return the case-folded username, which must be unique (Unicode 15, 3.13 D146).

    Invisible characters, which come with pasted text, and runs of spaces do not count.
    """
    normalised = unicodedata.normalize("NFKC", text)
    visible = "".join(character for character in normalised if not _is_invisible(character))
    return " ".join(unicodedata.normalize("NFKC", visible.casefold()).split())


def username_keys(text: str) -> tuple[str, str]:
    """Return the keys that the account of this name may have, the likelier one last.

    Older accounts whose names differ only in runs of spaces have kept these runs in
    their keys (migration 0005).
    """
    older = unicodedata.normalize("NFKC", text).strip().casefold()
    return unicodedata.normalize("NFKC", older), username_key(text)


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or bool(_INVISIBLE.match(character))


def typed_username(text: str) -> str:
    """Return what somebody typed as a username, cut where it is longer than any.

    What was cut is the name of nobody: it ends with a control character.
    """
    return text if len(text) <= _LONGEST_TYPED else text[:LONGEST_USERNAME] + "\x7f"


def username_fault(name: str) -> str | None:
    """Return what is wrong with a normalised username, or None.

    Format characters could make two usernames look the same.
    """
    if any(map(_is_invisible, name)):
        return "Leave out invisible characters."
    return fault_in(name, longest=LONGEST_USERNAME)


def passkey_name(text: str) -> str:
    """Return the passkey's name in NFC, trimmed."""
    return unicodedata.normalize("NFC", text).strip()


def numbered(name: str, taken: set[str], *, longest: int = 100) -> str:
    """Return `name` or, if it is taken, the first free of "name 2", "name 3"...

    The result has at most `longest` characters.
    """
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        suffix = f" {number}"
        candidate = name[: longest - len(suffix)].rstrip() + suffix
    return candidate
