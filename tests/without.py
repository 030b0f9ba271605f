"""Remove a dialect from a copy of the tree, and run the rest of the suite there.

    python -m tests.without clerk|zipline

It removes the dialect's folder, its lines in the factory and in setup.cfg, and its own
tests: those below tests/DIALECT and tests/browser/DIALECT, and those marked with its
name.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.live import ROOT

_COPIED = ("app", "templates", "static", "tests", "deploy", "docs", "bench")


def removed(dialect: str, tree: Path) -> None:
    """Copy the working tree to `tree`, without the dialect."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in _COPIED:
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    for path in ROOT.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copy(path, tree)
    # The test of the wheel asks git which files are the project's.
    shutil.copy(ROOT / ".gitignore", tree)
    subprocess.run(["git", "init", "--quiet"], cwd=tree, check=True)
    shutil.rmtree(tree / "app" / dialect)
    factory, setup = tree / "app/__init__.py", tree / "setup.cfg"
    text = re.sub(rf"    {dialect}\.init_app\(.*\)\n", "", factory.read_text())
    factory.write_text(re.sub(rf"(from app import .*){dialect}, |, {dialect}\b", r"\1", text))
    setup.write_text(setup.read_text().replace(f"    app.{dialect}\n", ""))


def run_rest(dialect: str, tree: Path, *options: str) -> int:
    """Run the rest of the suite in the tree and return its exit code."""
    own = [f"--ignore=tests/{dialect}", f"--ignore=tests/browser/{dialect}"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", *own]
    rest = f"not {dialect} and not proof"
    # A test may have called it, whose runner must not be taken for this one's.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command += ["-m", rest, *options, "tests"]
    return subprocess.run(command, cwd=tree, env=env, check=False).returncode


def main(dialect: str) -> int:
    """Run the program and return its exit code."""
    with tempfile.TemporaryDirectory(prefix=f"without-{dialect}-") as folder:
        tree = Path(folder) / "tree"
        tree.mkdir()
        removed(dialect, tree)
        return run_rest(dialect, tree)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
