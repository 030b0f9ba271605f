"""Many requests at once to a PostgreSQL that does not answer, and how they end."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from tests.live import PASSKEYS, Client
from tests.ops.gunicorn import Running, running
from tests.violence.actors import Actor, ask
from tests.violence.rows import connected

OPTIONS = "/account/api/sign-in/options"


class Crowd(NamedTuple):
    """How requests that were sent at once were answered, and after what time."""

    statuses: Counter[int]
    first: float
    longest: float

    def __str__(self) -> str:
        counted = ", ".join(f"{status}: {count}" for status, count in self.statuses.items())
        return f"{counted}; first after {self.first:.2f} s, last after {self.longest:.2f} s"


class Trouble(NamedTuple):
    """How a crowd fared, others beside it, and how soon all was well again."""

    what: str
    crowd: Crowd
    beside: Counter[int]  # what others were answered meanwhile
    slowest: float  # how long one of them waited, at most
    recovered: float  # seconds until the first 200
    after: Crowd

    def __str__(self) -> str:
        return (
            f"{self.what}: {self.crowd}; beside it {dict(self.beside)}, {self.slowest:.2f} s at"
            f" most; well again after {self.recovered:.2f} s, then {self.after}"
        )


Ask = Callable[[], int]


def at_once(ask_for: Ask, many: int) -> Crowd:
    """Send `many` requests at once, and wait for all answers."""
    statuses: list[tuple[int, float]] = []
    begun = time.monotonic()

    def one() -> None:
        status = ask_for()
        statuses.append((status, time.monotonic() - begun))

    threads = [threading.Thread(target=one) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = [seconds for _, seconds in statuses]
    return Crowd(Counter(status for status, _ in statuses), min(times), max(times))


class Beside:
    """Somebody who asks all the time for what is not affected."""

    def __init__(self, ask_for: Ask) -> None:
        self.statuses: Counter[int] = Counter()
        self.slowest = 0.0
        self._ask, self._stop = ask_for, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            begun = time.monotonic()
            self.statuses[self._ask()] += 1
            self.slowest = max(self.slowest, time.monotonic() - begun)

    def __enter__(self) -> "Beside":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def endure(
    what: str,
    trouble: AbstractContextManager[Any],
    *,
    affected: Ask,
    others: Ask,
    many: int,
) -> Trouble:
    """Let a crowd ask while there is trouble, and again afterwards."""
    with trouble, Beside(others) as beside:
        time.sleep(0.1)
        crowd = at_once(affected, many)
    ended = time.monotonic()
    while affected() != 200:
        assert time.monotonic() - ended < 20, "it does not recover"
        time.sleep(0.02)
    recovered = time.monotonic() - ended
    return Trouble(what, crowd, beside.statuses, beside.slowest, recovered, at_once(affected, many))


def asking(server: Running, path: str, client: Client | None = None) -> Ask:
    """Return a function that asks for `path`, in a new browser or that of `client`."""
    return lambda: ask(client or server.client(), "GET", path)[0]


def frozen(
    what: str, url: str, folder: Path, trouble: AbstractContextManager[Any], *, many: int
) -> Trouble:
    """Ask for options, which are stored, while the server or the network is frozen."""
    with running(folder, DATABASE_URL=url) as server:
        Actor(server.port, "ada", first=True)
        ask_for, health = asking(server, OPTIONS), asking(server, "/healthz")
        at_once(ask_for, 8)  # so that every thread has had a connection
        return endure(what, trouble, affected=ask_for, others=health, many=many)


class Held:
    """A lock that another client holds, while the `with` block lasts."""

    def __init__(self, url: str, *statements: str) -> None:
        self._context = connected(url)
        self._statements = statements

    def __enter__(self) -> None:
        connection = self._context.__enter__()
        connection.execute("BEGIN")
        for statement in self._statements:
            connection.execute(statement)

    def __exit__(self, *error: object) -> None:
        self._context.__exit__(None, None, None)


def held_lock(url: str, folder: Path, *, many: int) -> Trouble:
    """Rename a passkey of a user whose row is locked, while another lists theirs."""
    with running(folder, DATABASE_URL=url, REGISTRATION="open") as server:
        ada, bob = Actor(server.port, "ada", first=True), Actor(server.port, "bob")
        [passkey] = ada.client.call("GET", PASSKEYS).body["passkeys"]
        path = f"{PASSKEYS}/{passkey['id']}"

        def rename() -> int:
            return ask(ada.client, "PATCH", path, {"name": "held"})[0]

        lock = Held(url, "SELECT id FROM users WHERE username = 'ada' FOR UPDATE")
        others = asking(server, PASSKEYS, bob.client)
        return endure("a lock is held", lock, affected=rename, others=others, many=many)
