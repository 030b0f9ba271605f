"""Run the heavier forms, and print figures.

python -m tests.violence PROGRAM [--rounds N] [--worker CLASS]
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

from flask import Flask

from app import create_app
from tests import postgresql
from tests.ops.gunicorn import running
from tests.violence import (
    connections,
    failover,
    growth,
    killing,
    locking,
    memory,
    nodes,
    pooling,
    restarting,
    slow_readers,
    waiting,
)
from tests.violence.cluster import cluster
from tests.violence.relay import relay
from tests.violence.verbs import Account


def kill(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Kill workers, on both databases."""
    yield f"SQLite: {killing.run(f'sqlite:///{folder}/passline.db', folder, kills=options.rounds)}"
    try:
        url = postgresql.empty_database()
        yield f"PostgreSQL: {killing.run(url, folder, kills=options.rounds)}"
    finally:
        postgresql.drop_own_database()


def locks(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Mix each two of what people do to one account, each pair for --rounds / 100 s."""
    try:
        for url in (f"sqlite:///{folder}/passline.db", postgresql.empty_database()):
            for done in locking.each_pair(
                Account(app_on(url, folder)), seconds=options.rounds / 100
            ):
                yield f"{url.partition(':')[0]}: {dict(done)}, no deadlock"
    finally:
        postgresql.drop_own_database()


def app_on(url: str, folder: Path) -> Flask:
    """Return an application in this process."""
    quick = {"ARGON2": "m=8,t=1,p=1", "DATA_DIR": f"{folder}/data", "LOG_LEVEL": "error"}
    settings = quick | {"DATABASE_URL": url}
    os.environ.update({f"PASSLINE_{name}": value for name, value in settings.items()})
    return create_app()


def both_nodes(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Race --rounds challenges between two nodes on one PostgreSQL."""
    try:
        yield from nodes.run(postgresql.empty_database(), folder, rounds=options.rounds)
    finally:
        postgresql.drop_own_database()


def two_versions(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Run the version in --tree and this one on one database."""
    try:
        yield from nodes.versions(postgresql.empty_database(), folder, tree=options.tree)
    finally:
        postgresql.drop_own_database()


def overrun(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Measure how others are served, alone and beside each kind of crowd.

    --rounds is the size of the crowd.
    """
    many = options.rounds
    arguments = ["wsgi:app", *(["-k", options.worker] if options.worker else [])]
    with running(folder, arguments=arguments) as server:
        ask = connections.somebody(server.port)
        yield f"alone: {connections.serve_others(ask, requests=300)}"
        for numbers in (*({kind: many} for kind in connections.KINDS), connections.mixture(many)):
            with connections.crowd(server.port, numbers) as members:
                yield f"beside {numbers}: {connections.serve_others(ask, members, requests=300)}"


def grow(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Send --rounds anonymous requests of each kind, from one network and from ever new
    ones, on --database or on both.
    """
    databases = [options.database] if options.database else ["SQLite", "PostgreSQL"]
    try:
        for number, (kind, ever_new) in enumerate(product(databases, (False, True))):
            own = folder / f"growth-{number}"
            own.mkdir()
            on_file = kind == "SQLite"
            url = f"sqlite:///{own}/passline.db" if on_file else postgresql.empty_database()
            settings = growth.SETTINGS | {"DATABASE_URL": url}
            yield f"{kind}, from {'ever new networks' if ever_new else 'one network'}"
            with running(own, **settings) as server:
                yield from growth.run(server, url, options.rounds, ever_new=ever_new)
                yield f"after: {growth.cleaned(own, server, **settings)} {growth.sizes(url)}"
                growth.require_bounds(url)
    finally:
        postgresql.drop_own_database()


def restart(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Restart a PostgreSQL of our own, in both ways in turn."""
    modes = ["fast", "immediate"] * (options.rounds // 2 or 1)
    with cluster() as own:
        yield from restarting.run(own, folder, modes=modes)


def read_slowly(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Measure how others are served beside those that read nothing, for a minute each.

    --rounds is their number.
    """
    arguments = ["wsgi:app", *(["-k", options.worker] if options.worker else [])]
    with running(folder, arguments=arguments) as server:
        connections.somebody(server.port)
        for kind in slow_readers.KINDS:
            served = slow_readers.run(server.port, many=options.rounds, kind=kind, seconds=60)
            yield f"beside {options.rounds} of {kind}: {served}"


def fill_memory(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Measure the memory for --rounds clients that never send all, or read nothing."""
    for number, kind in enumerate(memory.KINDS):
        place = folder / str(number)
        place.mkdir()
        with running(place) as server:
            connections.somebody(server.port)
            yield memory.run(server, kind, many=options.rounds)


def frozen(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Freeze PostgreSQL, then the network before it, while --rounds people ask."""
    many = options.rounds
    with cluster() as own:
        yield waiting.frozen("frozen", own.url(), _new(folder), own.frozen(), many=many)
    with cluster() as own, relay(own.port) as network:
        url = own.url().replace(f":{own.port}/", f":{network.port}/")
        yield waiting.frozen("silent", url, _new(folder), network.silent(), many=many)


def held_lock(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Hold a lock that --rounds requests need."""
    with cluster() as own:
        yield waiting.held_lock(own.url(), folder, many=options.rounds)


def demoted(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Demote a primary behind a proxy, --rounds times."""
    for _ in range(options.rounds):
        yield failover.demoted(_new(folder))


def promotion(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Kill a primary, and promote its standby, --rounds times."""
    for _ in range(options.rounds):
        yield failover.promotion(_new(folder))


def pgbouncer(folder: Path, options: argparse.Namespace) -> Iterator[object]:
    """Serve through pgbouncer for --rounds seconds."""
    with cluster() as own:
        yield pooling.run(own, folder, seconds=options.rounds)


def _new(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=folder))


# Each yields what to print, as soon as it is known.
Program = Callable[[Path, argparse.Namespace], Iterator[object]]
PROGRAMS: dict[str, Program] = {
    "connections": overrun,
    "demoted": demoted,
    "frozen": frozen,
    "held-lock": held_lock,
    "growth": grow,
    "kill": kill,
    "memory": fill_memory,
    "locks": locks,
    "nodes": both_nodes,
    "pgbouncer": pgbouncer,
    "promotion": promotion,
    "restart": restart,
    "slow-readers": read_slowly,
    "versions": two_versions,
}


def main() -> None:
    """Run the program that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.violence", description=__doc__)
    parser.add_argument("program", choices=PROGRAMS)
    parser.add_argument("--rounds", type=int, default=100, help="how much of it")
    worker = "another worker class of gunicorn, such as gthread"
    parser.add_argument("--worker", help=worker)
    parser.add_argument("--database", choices=["SQLite", "PostgreSQL"], help="for `growth`")
    parser.add_argument("--tree", type=Path, help="a checkout of another version, for `versions`")
    options = parser.parse_args()
    if options.program == "versions" and not options.tree:
        parser.error("versions needs --tree")
    with tempfile.TemporaryDirectory(prefix="passline-violence-") as folder:
        for line in PROGRAMS[options.program](Path(folder), options):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
