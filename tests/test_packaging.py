"""Installed from a wheel, Passline runs from any folder.

It brings its templates, static files and migrations.
"""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.live import ROOT, Client, free_port
from tests.test_starting import stopped, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that `pip install .` makes, from the files that git knows."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, text=True)
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*build, "--wheel-dir", str(out), str(source)], check=True)
    return next(out.glob("passline-*.whl"))


def test_the_wheel_holds_templates_static_files_migrations_and_licences(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    templates, migrations = (ROOT / "templates"), (ROOT / "app/storage/migrations")
    files = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
    wanted = [
        *(f"app/templates/{path.name}" for path in templates.glob("*.html")),
        *(f"app/{path.relative_to(ROOT)}" for path in files),
        *(f"app/storage/migrations/{path.name}" for path in migrations.glob("*.py")),
        *("app/core/common_passwords.txt", "app/core/common_passwords.LICENSE"),
    ]
    assert len(wanted) > 20
    assert not set(wanted) - names
    assert not [name for name in names if name.startswith(("tests", "templates", "static"))]


def test_the_installed_package_serves_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, symlinks=True)
    libraries = next((environment / "lib").glob("python*")) / "site-packages"
    zipfile.ZipFile(wheel).extractall(libraries)
    # The dependencies are this environment's; only Passline itself is installed.
    (libraries / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    elsewhere, port = tmp_path / "elsewhere", free_port()
    elsewhere.mkdir()
    ours = ("PASSLINE_", "PYTHONPATH")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    command = [str(environment / "bin/python"), "-m", "gunicorn", "-b", f"127.0.0.1:{port}"]
    command += ["app:create_app()", "--no-control-socket"]
    with stopped(subprocess.Popen(command, cwd=elsewhere, env=env)) as process:
        wait_for(process, port)
        page = Client(port).call("GET", "/setup")
        assert (page.status, b"<!doctype html>" in page.body[:20].lower()) == (200, True)
        assert Client(port).call("GET", "/static/css/passline.css").status == 200
        assert (elsewhere / "data/passline.db").exists()
