"""Measure what policy and step-up cost: python -m bench.policies.

The same acts with MFA_POLICY=optional and STEP_UP_AGE=0, which is Zipline's behaviour,
and with enrolled and 10m. Both servers run on the same core and their rounds alternate,
so that whatever else the machine does hits both alike. The ratio is the CPU with them
by that without.
"""

import argparse
import os
import statistics
from contextlib import AbstractContextManager, ExitStack
from typing import NamedTuple

from bench import operations, population, servers
from bench.measure import Client, load
from bench.operations import OPERATIONS, Operation
from bench.servers import Server, running

HEAD = "| where | act | CPU us, optional and 0 | enrolled and 10m | ratio | spread |"
RULE = "|---|---|--:|--:|--:|--:|"
_WITHOUT = {"PASSLINE_MFA_POLICY": "optional", "PASSLINE_STEP_UP_AGE": "0"}
_WITH = {"PASSLINE_MFA_POLICY": "enrolled", "PASSLINE_STEP_UP_AGE": "10m"}


class _Act(NamedTuple):
    """An operation, and how many passkeys those have who do it."""

    operation: Operation
    passkeys: int = 3


ACTS = {
    "list": _Act(OPERATIONS["list"]),
    # The policy has to look up whether such a session is in force.
    "list, by the password alone": _Act(OPERATIONS["list"], passkeys=0),
    "sign-in": _Act(operations.SIGN_IN),
    "password login, no factor": _Act(operations.PASSWORD_LOGIN, passkeys=0),
    "register + delete (guarded)": _Act(OPERATIONS["register + delete"]),
    "step-up by passkey": _Act(operations.STEP_UP),
}


def main() -> None:
    """Measure every act under both settings, on each database."""
    parser = argparse.ArgumentParser(prog="python -m bench.policies", description=__doc__)
    parser.add_argument("--postgresql", nargs=2, metavar="URL", help="two empty databases")
    parser.add_argument("--rounds", type=int, default=9, help="pairs per row (default: 9)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a round")
    parser.add_argument("--only", choices=ACTS, action="append")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {servers.CLIENT_CORE})
    print(HEAD, RULE, sep="\n", flush=True)
    _database("SQLite", ["", ""], arguments)
    if arguments.postgresql:
        _database("PostgreSQL", arguments.postgresql, arguments)


def _database(where: str, urls: list[str], arguments: argparse.Namespace) -> None:
    with ExitStack() as stack:
        both = [
            stack.enter_context(_passline(url, rules))
            for url, rules in zip(urls, (_WITHOUT, _WITH), strict=True)
        ]
        for name in arguments.only or ACTS:
            row = _row(both, ACTS[name], arguments.rounds, arguments.seconds)
            print(f"| {where} | {name} | {row} |", flush=True)


def _passline(url: str, rules: dict[str, str]) -> AbstractContextManager[Server]:
    settings = {"PASSLINE_REGISTRATION": "open", "PASSLINE_MAX_PASSKEYS_PER_USER": "60", **rules}
    settings |= {"PASSLINE_DATABASE_URL": url} if url else {}
    return running("wsgi:app", "/api/healthcheck", settings=settings)


def _row(both: list[Server], act: _Act, rounds: int, seconds: float) -> str:
    """Return the cells of a row: CPU without and with, the median ratio, its spread."""
    clients = [_clients(server, act) for server in both]
    pairs = list(zip(both, clients, strict=True))
    for server, own in pairs:
        load(server, act.operation, own, seconds / 2)
    measured = [
        [load(server, act.operation, own, seconds).cpu for server, own in pairs]
        for _ in range(rounds)
    ]
    ratios = [after / before for before, after in measured]
    cpu = [f"{statistics.median(pair[which] for pair in measured) * 1e6:.0f}" for which in (0, 1)]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    return " | ".join([*cpu, f"{statistics.median(ratios):.3f}", spread])


def _clients(server: Server, act: _Act) -> list[Client]:
    many = 2 if act.operation is operations.PASSWORD_LOGIN else 4  # more wait their turn
    return [population.join(server.base, passkeys=act.passkeys) for _ in range(many)]


if __name__ == "__main__":
    main()
