"""Two nodes on one PostgreSQL, whose clocks are two seconds apart, act as one."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from app.operations import housekeeping
from app.storage import database
from tests import postgresql
from tests.live import ROOT
from tests.parallel import in_parallel
from tests.violence import nodes
from tests.violence.nodes import ADA, API, Nodes, told
from tests.violence.rows import connected, query

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]


@pytest.fixture(scope="module")
def url() -> str:
    """An empty database for all of these tests."""
    return postgresql.empty_database()


@pytest.fixture(scope="module")
def both(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Both nodes, with an account that the code of one has made at the other."""
    with nodes.nodes(url, tmp_path_factory.mktemp("nodes")) as made:
        made.set_up()
        yield made


def test_each_challenge_has_one_winner(both: Nodes) -> None:
    assert both.races(200, racers=2) == {(200, 400): 200}


@pytest.mark.proof
def test_each_of_many_challenges_has_one_winner(url: str, tmp_path: Path) -> None:
    for _ in nodes.run(postgresql.empty_database(), tmp_path, rounds=10_000):
        pass


@pytest.mark.proof
def test_the_version_before_the_newest_migration_serves_beside_this_one(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    newest = max(path.name for path in database.MIGRATIONS.glob("0*.py"))
    added, *_ = git(
        "log", "--reverse", "--diff-filter=A", "--format=%H", "--", f"*/{newest}"
    ).split()
    tree = tmp_path / "before"
    git("worktree", "add", "--detach", str(tree), f"{added}^")
    try:
        for _ in nodes.versions(postgresql.empty_database(), tmp_path, tree=tree):
            pass
    finally:
        git("worktree", "remove", "--force", str(tree))


def test_a_session_that_ended_on_one_node_is_gone_on_the_other(both: Nodes) -> None:
    for number in range(6):
        here, there = number % 2, 1 - number % 2
        browser = both.signed_in(here)
        elsewhere = both.at(there, browser)
        elsewhere.cookies = dict(browser.cookies)
        assert elsewhere.call("GET", nodes.PASSKEYS).status == 200
        assert browser.call("POST", f"{API}/sign-out").status == 200
        assert elsewhere.call("GET", nodes.PASSKEYS).status == 401


def test_failures_on_one_node_delay_on_the_other(both: Nodes) -> None:
    wrong = ADA | {"username": "nobody", "password": "not this one"}
    for last in (1, 0):
        path = f"{API}/sign-in/password"
        while both.browser(last).call("POST", path, wrong).status != 429:
            pass
        answer = both.browser(1 - last).call("POST", path, wrong)
        assert answer.status == 429, f"node {1 - last} takes what node {last} refuses"


@pytest.mark.clerk
def test_a_signing_key_that_is_rotated_on_one_node_signs_on_the_other(both: Nodes) -> None:
    def signed(node: int) -> str:
        browser = both.signed_in(node)
        client = browser.call("GET", "/v1/client").body["response"]
        session = client["sessions"][0]["id"]
        return str(browser.call("POST", f"/v1/client/sessions/{session}/tokens").body["jwt"])

    before = signed(1)
    kid = told(both.command(0, "keys", "rotate"))["kid"]
    after = signed(1)
    assert jwt.get_unverified_header(after)["kid"] == kid
    for node in range(2):
        keys = jwt.PyJWKSet(both.browser(node).call("GET", "/.well-known/jwks.json").body["keys"])
        for token in (before, after):
            key = keys[jwt.get_unverified_header(token)["kid"]]
            jwt.decode(token, key, algorithms=["RS256"], leeway=5, options={"verify_aud": False})


MANY = 6000
EXPIRED = [
    "INSERT INTO failures (key, count, blocked_until, expires_at) SELECT"
    f" sha256(n::text::bytea), 1, 1, 1 FROM generate_series(1, {MANY}) n RETURNING key",
    "INSERT INTO challenges (digest, ceremony, rp_id, user_verification, expires_at) SELECT"
    f" sha256(n::text::bytea), '', '', '', 1 FROM generate_series(1, {MANY}) n RETURNING digest",
]


def test_both_clean_up_at_once(both: Nodes, url: str) -> None:
    for expired in EXPIRED:
        query(url, expired)
    database.bind(url)
    deleted = in_parallel(lambda _: housekeeping.clean(), range(4))
    database.disconnect()
    # The servers may have deleted some as well, and sign-ins before have left others.
    assert MANY // 2 < sum(deleted) < 2 * MANY + 500
    for table in ("failures", "challenges"):
        assert query(url, f"SELECT count(*) FROM {table} WHERE expires_at = 1") == [(0,)]
    assert all("housekeeping failed" not in each.log.read_text() for each in both.servers)


# What a later version may do to the database beneath a running one, and is the rule.
EXPANSION = (
    "ALTER TABLE users ADD COLUMN of_later TEXT",
    "ALTER TABLE sessions ADD COLUMN of_later BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE challenges ADD COLUMN of_later TEXT",
    "CREATE INDEX sessions_of_later ON sessions (of_later)",
    "CREATE TABLE of_later (id TEXT PRIMARY KEY, user_id TEXT NOT NULL"
    " REFERENCES users (id) ON DELETE CASCADE)",
)


def test_a_database_that_a_newer_node_has_upgraded_serves_the_running_ones(
    both: Nodes, url: str
) -> None:
    for _ in range(2):  # so that statements are prepared
        assert both.races(20, racers=2) == {(200, 400): 20}
    begun = [both.begun(n % 2) for n in range(4)]
    browser = both.signed_in(0)
    with connected(url) as other:
        for sql in EXPANSION:
            other.execute(sql)
    assert [both.finish(race, n % 2) for n, race in enumerate(begun)] == [200] * 4
    assert both.at(1, browser).call("GET", nodes.PASSKEYS).status == 200
    assert both.races(20, racers=2) == {(200, 400): 20}
    time.sleep(1.1)  # a second of housekeeping
    for server in both.servers:
        assert server.client().call("GET", "/readyz").status == 200
        assert "Traceback" not in server.log.read_text()
