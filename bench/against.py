"""Compare this tree with another one in one run: python -m bench.against FOLDER.

The other tree is a checkout of an earlier version. Both servers run on the same core,
and their rounds alternate, so that whatever else the machine does hits both alike. The
ratio is the CPU of this tree by that of the other.
"""

import argparse
import os
import statistics
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from bench import population, servers
from bench.hammered import hammered
from bench.measure import Client, Round, load
from bench.operations import OPERATIONS
from bench.servers import Server, running

HEAD = "| where | operation | CPU us before | after | after / before | spread | p99 ms, both |"
RULE = "|---|---|--:|--:|--:|--:|--:|"


def main() -> None:
    """Measure every operation on both trees, on each database."""
    parser = argparse.ArgumentParser(prog="python -m bench.against", description=__doc__)
    parser.add_argument("tree", type=Path, help="the other checkout")
    parser.add_argument("--postgresql", nargs=2, metavar="URL", help="two empty databases")
    parser.add_argument("--rounds", type=int, default=7, help="pairs per row (default: 7)")
    parser.add_argument("--hammered", action="store_true", help="beside eight password logins")
    parser.add_argument("--only", choices=OPERATIONS, action="append")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {servers.CLIENT_CORE})
    print(HEAD, RULE, sep="\n", flush=True)
    _database("SQLite", ["", ""], arguments)
    if arguments.postgresql:
        _database("PostgreSQL", arguments.postgresql, arguments)


def _database(where: str, urls: list[str], arguments: argparse.Namespace) -> None:
    with ExitStack() as stack:
        before = stack.enter_context(_passline(urls[0], arguments.tree.absolute()))
        after = stack.enter_context(_passline(urls[1], servers.ROOT))
        for name in arguments.only or OPERATIONS:
            print(_row(where, name, before, after, arguments.rounds), flush=True)
        if arguments.hammered:
            print(_beside_passwords(where, before, after, arguments.rounds), flush=True)
        _tell(where, "start to first 200, s", before.started, after.started)
        _tell(where, "memory after load, MB", before.memory(), after.memory())


def _passline(url: str, tree: Path):  # type: ignore[no-untyped-def]  # a context
    settings = {"PASSLINE_REGISTRATION": "open", "PASSLINE_MAX_PASSKEYS_PER_USER": "60"}
    settings |= {"PASSLINE_DATABASE_URL": url} if url else {}
    return running("wsgi:app", "/api/healthcheck", settings=settings, tree=tree)


def _clients(server: Server, name: str) -> list[Client]:
    many = 2 if name == "password login" else 4  # more at once are told to come back
    return [population.join(server.base, passkeys=3) for _ in range(many)]


def _row(where: str, name: str, before: Server, after: Server, rounds: int) -> str:
    operation = OPERATIONS[name]
    both = [(server, _clients(server, name)) for server in (before, after)]
    for server, clients in both:
        load(server, operation, clients, 0.5)
    measured = [
        [load(server, operation, clients, 1.0) for server, clients in both] for _ in range(rounds)
    ]
    ratios = [new.cpu / old.cpu for old, new in measured]
    cpu = [statistics.median(pair[which].cpu for pair in measured) * 1e6 for which in (0, 1)]
    times = [_p99([pair[which] for pair in measured]) for which in (0, 1)]
    cells = [where, name, *(f"{each:.0f}" for each in cpu), f"{statistics.median(ratios):.3f}"]
    cells += [f"{min(ratios):.2f} to {max(ratios):.2f}", " / ".join(times)]
    return f"| {' | '.join(cells)} |"


def _beside_passwords(where: str, before: Server, after: Server, rounds: int) -> str:
    """Return the row of one client's passkey sign-ins beside eight password logins."""
    measured: tuple[list[Round], list[Round]] = [], []
    got: list[Counter[int]] = [Counter(), Counter()]
    both = [(server, _clients(server, "sign-in")[:1]) for server in (before, after)]
    for _ in range(rounds):
        for which, (server, clients) in enumerate(both):
            with hammered(server) as statuses:
                measured[which].append(load(server, OPERATIONS["sign-in"], clients, 3.0))
            got[which].update(statuses)
    told = " / ".join(", ".join(f"{s}: {n}" for s, n in sorted(each.items())) for each in got)
    times = " / ".join(_p99(each) for each in measured)
    return f"| {where} | sign-in beside eight password logins ({told}) | | | | | {times} |"


def _p99(rounds: list) -> str:  # type: ignore[type-arg]  # of Round
    """Return the median of the rounds' p99 of all requests, saturated."""
    every = [sorted(each for step in one.latencies for each in step) for one in rounds]
    return f"{statistics.median(times[int(len(times) * 0.99)] for times in every) * 1e3:.1f}"


def _tell(where: str, what: str, before: float, after: float) -> None:
    print(
        f"| {where} | {what} | {before:.2f} | {after:.2f} | {after / before:.3f} | | |", flush=True
    )


if __name__ == "__main__":
    main()
