"""Two nodes of two workers each, on one PostgreSQL, with clocks two seconds apart."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from tests.authenticator import Authenticator
from tests.live import PASSKEYS, ROOT, Client
from tests.ops.gunicorn import Running, environment, running

APART = 2  # seconds by which the clock of the second node is ahead
SETTINGS = {"RP_ID": "example.org", "SECRET_KEY": "the same key on both nodes, 0123456789"}
ORIGIN = "https://example.org"
API = "/account/api"
ADA = {"username": "ada", "password": "correct horse battery"}
_AT_ONCE = 8


class Race(NamedTuple):
    """One assertion that several browsers send, to every node in turn."""

    browser: Client
    body: dict[str, Any]


class Nodes:
    """Both nodes, and somebody who has a passkey."""

    def __init__(self, servers: list[Running], settings: dict[str, str]) -> None:
        self.servers, self.settings = servers, settings
        self.authenticator = Authenticator(backup_eligible=True, backed_up=True)

    def browser(self, node: int) -> Client:
        """Return a new browser, whose requests go to this node."""
        client = Client(self.servers[node].port)
        client.authenticator = self.authenticator
        return client

    def at(self, node: int, client: Client) -> Client:
        """Return the same browser, whose requests go to this node."""
        other = self.browser(node)
        other.cookies = client.cookies
        return other

    def code(self, node: int) -> str:
        """Return the set-up code that this node's start has made."""
        [*_, code] = re.findall(r"code=([\w-]+)", self.servers[node].log.read_text())
        return str(code)

    def set_up(self) -> None:
        """Make the first account by one node's code at the other, and add a passkey."""
        ada = self.browser(1)
        founding = ADA | {"code": self.code(0)}
        assert ada.call("POST", f"{API}/setup", founding).status == 200
        asked = ada.call("GET", f"{PASSKEYS}/options").body["options"]
        response = self.authenticator.create(asked, origin=ORIGIN)
        body = {"response": response, "name": "Phone"}
        assert self.at(0, ada).call("POST", PASSKEYS, body).status == 200

    def begun(self, node: int) -> Race:
        """Begin a sign-in at this node."""
        browser = self.browser(node)
        asked = browser.call("GET", f"{API}/sign-in/options").body["options"]
        return Race(browser, {"response": self.authenticator.get(asked, origin=ORIGIN)})

    def finish(self, race: Race, node: int) -> int:
        """Finish it at this node, and return the status."""
        other = self.browser(node)
        other.cookies = dict(race.browser.cookies)
        return other.call("POST", f"{API}/sign-in/passkey", race.body).status

    def signed_in(self, node: int) -> Client:
        """Return a browser that has signed in by password at this node."""
        browser = self.browser(node)
        assert browser.call("POST", f"{API}/sign-in/password", ADA).status == 200
        return browser

    def races(self, many: int, *, racers: int) -> Counter[tuple[int, ...]]:
        """Race each of `many` challenges; return how often which statuses came."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            races = list(pool.map(lambda n: self.begun(n % 2), range(many)))
            runs = [(race, n % 2) for race in races for n in range(racers)]
            statuses = list(pool.map(lambda run: self.finish(*run), runs))
        each = range(0, len(statuses), racers)
        return Counter(tuple(sorted(statuses[n : n + racers])) for n in each)

    def command(self, node: int, *words: str) -> subprocess.Popen[str]:
        """Start a command on this node."""
        server = self.servers[node]
        env = environment(server.log.parent, server.port, **self.settings)
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words, "--json"]
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)


def told(command: "subprocess.Popen[str]") -> Any:
    """Return what the command has answered."""
    out, _ = command.communicate(timeout=60)
    assert command.returncode == 0, out
    return json.loads(out)


@contextlib.contextmanager
def nodes(url: str, folder: Path) -> Iterator[Nodes]:
    """Run both nodes for as long as the `with` block lasts."""
    settings = {**SETTINGS, "DATABASE_URL": url, "ORIGINS": ORIGIN}
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(_node(folder / str(n), ahead=n * APART, settings=settings))
            for n in range(2)
        ]
        yield Nodes(servers, settings)


@contextlib.contextmanager
def _node(folder: Path, *, ahead: int, settings: dict[str, str]) -> Iterator[Running]:
    folder.mkdir()
    clock = folder / "clock"
    clock.write_text(str(ahead))
    before = dict(os.environ)
    os.environ |= {"VIOLENCE_CLOCK": str(clock), "PYTHONPATH": str(ROOT)}
    arguments = ["tests.violence.clocked:app"]
    with contextlib.ExitStack() as stack:
        try:
            server = running(folder, workers=2, arguments=arguments, **settings)
            started = stack.enter_context(server)
        finally:
            os.environ.clear()
            os.environ |= before
        yield started


def run(url: str, folder: Path, *, rounds: int) -> Iterator[str]:
    """Race that many challenges, in parts; assert that each has one winner."""
    won, begun = Counter[tuple[int, ...]](), time.monotonic()
    with nodes(url, folder) as both:
        both.set_up()
        while (raced := sum(won.values())) < rounds:
            won += both.races(min(500, rounds - raced), racers=4)
            assert set(won) == {(200, 400, 400, 400)}, won
            seconds = time.monotonic() - begun
            yield f"{sum(won.values())} challenges, 4 racers each: {dict(won)}; {seconds:.0f} s"


def versions(url: str, folder: Path, *, tree: Path) -> Iterator[str]:
    """Start a node of this version beside one of `tree`, which made the database."""
    settings = {**SETTINGS, "DATABASE_URL": url, "ORIGINS": ORIGIN}
    (folder / "old").mkdir()
    (folder / "new").mkdir()
    with running(folder / "old", tree=tree, **settings) as old:
        alone = Nodes([old, old], settings)
        alone.set_up()
        yield f"the other version alone: {dict(alone.races(20, racers=2))}"
        with running(folder / "new", **settings) as new:
            both = Nodes([old, new], settings)
            both.authenticator = alone.authenticator
            raced = both.races(100, racers=2)
            yield f"both, since this one has upgraded the database: {dict(raced)}"
            assert set(raced) == {(200, 400)}
            for here in (0, 1):
                browser = both.signed_in(here)
                elsewhere = both.at(1 - here, browser)
                elsewhere.cookies = dict(browser.cookies)
                assert elsewhere.call("GET", PASSKEYS).status == 200
                assert browser.call("POST", f"{API}/sign-out").status == 200
                assert elsewhere.call("GET", PASSKEYS).status == 401
            yield "a session of each serves at the other, and ends there"
