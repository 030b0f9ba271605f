"""python -m bench: print the table. See bench/README.md for how to read it."""

import argparse
import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from bench import operations, population, servers
from bench.hammered import hammered
from bench.http11 import Connection
from bench.measure import Client, Result, Round, load, pairs, quantile
from bench.operations import OPERATIONS
from bench.servers import Server, running

HEAD = (
    "| where | operation | a second | CPU us | x bare | spread | p50 ms | p99 ms | client CPU us |"
)
RULE = "|---|---|--:|--:|--:|--:|--:|--:|--:|"


def main() -> None:
    """Measure what the arguments ask for."""
    arguments = _arguments()
    os.sched_setaffinity(0, {servers.CLIENT_CORE})
    print(HEAD, RULE, sep="\n", flush=True)
    if arguments.base_url:
        return _other_server(arguments)
    with running("bench.bare:app", "/bare") as bare:
        _databases(arguments, bare)
        if not arguments.quick:
            _workers(arguments, bare)
            _sizes(arguments, bare)
            _hammered(arguments)
    return None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="SQLite, one worker, few rounds: half a minute"
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="pairs of rounds for each row (default: 5)"
    )
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a round (default: 1)")
    parser.add_argument("--clients", type=int, default=4, help="connections at once (default: 4)")
    parser.add_argument(
        "--postgresql", help="URL of an empty PostgreSQL database, which will be filled"
    )
    parser.add_argument("--base-url", help="measure another server with the same API instead")
    parser.add_argument("--only", choices=OPERATIONS, action="append", help="these operations only")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds = min(arguments.rounds, 3)
    return arguments


def _databases(arguments: argparse.Namespace, bare: Server) -> None:
    urls = {"SQLite": ""} | ({"PostgreSQL": arguments.postgresql} if arguments.postgresql else {})
    for name, url in urls.items():
        with _passline(url) as server:
            _note(name, f"start to first 200: {server.started:.2f} s")
            _rows(arguments, bare, server, name, arguments.only or list(OPERATIONS))
            _note(name, f"memory after load: {server.memory():.0f} MB")
    if "register + delete" in (arguments.only or OPERATIONS):
        with _passline(app="bench.undurable:app") as server:
            _rows(arguments, bare, server, "SQLite, nothing durable", ["register + delete"])


def _note(where: str, text: str) -> None:
    print(f"| {where}, 1 worker | {text} | | | | | | | |", flush=True)


def _passline(
    url: str = "", *, app: str = "wsgi:app", workers: int = 1, passkeys: int = 50
) -> AbstractContextManager[Server]:
    settings = {"REGISTRATION": "open", "MAX_PASSKEYS_PER_USER": str(passkeys + 10)}
    settings |= {"DATABASE_URL": url} if url else {}
    named = {f"PASSLINE_{name}": value for name, value in settings.items()}
    return running(app, "/api/healthcheck", workers=workers, settings=named)


def _clients(arguments: argparse.Namespace, server: Server, *, passkeys: int = 3) -> list[Client]:
    return [population.join(server.base, passkeys=passkeys) for _ in range(arguments.clients)]


def _rows(
    arguments: argparse.Namespace,
    bare: Server,
    server: Server,
    where: str,
    names: list[str],
    **size: int,
) -> None:
    for name in names:
        # Each gets a fresh session, and no list that has grown.
        clients = _clients(arguments, server, **size)
        if name == "password login":
            clients = clients[:2]  # more at once are told to come back
        floor = [(Connection(bare.base), person) for _, person in clients]
        result = _measure(arguments, bare, floor, server, name, clients)
        print(_row(where, name, result), flush=True)


def _measure(
    arguments: argparse.Namespace,
    bare: Server,
    floor: list[Client],
    server: Server,
    name: str,
    clients: list[Client],
) -> Result:
    operation, seconds = OPERATIONS[name], arguments.seconds
    load(bare, operations.BARE, floor, 0.3)
    load(server, operation, clients, 0.3)
    return pairs(
        lambda: load(bare, operations.BARE, floor, seconds),
        lambda: load(server, operation, clients, seconds),
        lambda rate: load(server, operation, clients, seconds * 3, rate=rate),
        rounds=arguments.rounds,
    )


def _row(where: str, name: str, result: Result) -> str:
    low, high = result.spread
    cells = [where, name, f"{result.rate:.0f}", f"{result.cpu * 1e6:.0f}", f"{result.ratio:.2f}"]
    cells += [f"{low:.2f} to {high:.2f}", _ms(result.p50), _ms(result.p99)]
    return f"| {' | '.join([*cells, f'{result.client_cpu * 1e6:.0f}'])} |"


def _ms(seconds: list[float]) -> str:
    return " / ".join(f"{each * 1e3:.2f}" for each in seconds)


def _workers(arguments: argparse.Namespace, bare: Server) -> None:
    with _passline(workers=2) as server:
        _rows(arguments, bare, server, "SQLite, 2 workers on one core", ["list", "sign-in"])


def _sizes(arguments: argparse.Namespace, bare: Server) -> None:
    for users in (10, 1_000, 100_000):
        with _crowded(users) as server:
            _rows(arguments, bare, server, f"SQLite, {users:,} users", ["list", "sign-in"])
    for passkeys in (1, 10, 50):
        where = f"SQLite, {passkeys} passkeys each"
        with _passline(passkeys=passkeys) as server:
            _rows(arguments, bare, server, where, ["list", "sign-in"], passkeys=passkeys)


@contextmanager
def _crowded(users: int) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'crowd.db'}"
        with _passline(url):
            pass
        population.crowd(url, users=users)
        with _passline(url) as server:
            yield server


def _hammered(arguments: argparse.Namespace) -> None:
    """Time passkey sign-ins, alone and while eight others hammer with passwords."""
    with _passline() as server:
        clients = _clients(arguments, server)[:1]
        calm = load(server, operations.SIGN_IN, clients, 3)
        with hammered(server):
            busy = load(server, operations.SIGN_IN, clients, 5)
    for where, round_ in (("calm", calm), ("eight password logins at once", busy)):
        cells = f"{round_.rate:.0f} | | | | {_quantiles([round_])}"
        print(f"| SQLite, {where} | sign-in, one client | {cells} | |")


def _quantiles(rounds: list[Round]) -> str:
    """Return the cells of p50 and p99, with each request of the operation by itself."""
    steps = [
        [latency for each in step for latency in each]
        for step in zip(*(each.latencies for each in rounds), strict=True)
    ]
    return " | ".join(_ms([quantile(times, share) for times in steps]) for share in (0.5, 0.99))


def _other_server(arguments: argparse.Namespace) -> None:
    server, seconds = Server(arguments.base_url, None, 0), arguments.seconds
    for name in arguments.only or list(OPERATIONS):
        clients = _clients(arguments, server)
        operation = OPERATIONS[name]
        load(server, operation, clients, 0.3)
        rounds = [load(server, operation, clients, seconds) for _ in range(arguments.rounds)]
        rate = statistics.median(each.rate for each in rounds)
        cells = f"{rate:.0f} | | | | {_quantiles(rounds)}"
        print(f"| {arguments.base_url} | {name} | {cells} | |", flush=True)


if __name__ == "__main__":
    main()
