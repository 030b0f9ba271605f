"""A dialect is one folder and its lines in the factory: without them the rest works.

`make proof` runs the rest of the suite there (tests/without.py); here it is imported.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.edges import has
from tests.without import removed, run_rest

pytestmark = pytest.mark.slow

PATHS = {"clerk": ("/v1/x", "/v1/me/passkeys"), "zipline": ("/api/x", "/api/user/mfa/passkey")}
ASK = """
import app
client = app.create_app().test_client()
assert client.get("/login").status_code == 302
assert client.get("/account/api/passkeys").status_code == 401
for path in {paths}:
    answer = client.get(path)
    assert answer.status_code == 404, (path, answer.status_code)
    assert "clerk_trace_id" not in answer.text and "statusCode" not in answer.text
document = client.get("/api/openapi.json").get_json()
assert not [path for path in document["paths"] if path.startswith({paths[0][:4]!r})] or \\
    [path for path in document["paths"] if path.startswith({paths[0][:4]!r})] == [
        "/api/openapi.json"]
"""


@pytest.mark.parametrize("dialect", [name for name in PATHS if has(name)])
def test_without_it_its_paths_are_a_plain_404(tmp_path: Path, dialect: str) -> None:
    removed(dialect, tmp_path)
    program = ASK.replace("{paths[0][:4]!r}", repr(PATHS[dialect][0][:4]))
    program = program.replace("{paths}", repr(PATHS[dialect]))
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)


@pytest.mark.parametrize("dialect", [name for name in PATHS if has(name)])
def test_without_it_the_rest_of_the_suite_can_be_imported(tmp_path: Path, dialect: str) -> None:
    removed(dialect, tmp_path)
    assert run_rest(dialect, tmp_path, "--collect-only", "-n", "0") == 0
