"""Which dialects this tree has: tests/without.py removes one."""

from tests.live import ROOT


def has(dialect: str) -> bool:
    """Return whether the dialect's folder is there."""
    return (ROOT / "app" / dialect).is_dir()
