"""Rounds of load and their cost, paired with the bare route: noise hits both alike."""

import statistics
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from bench.http11 import Connection
from bench.operations import Operation, Person
from bench.servers import Server

Client = tuple[Connection, Person]


class Round(NamedTuple):
    """One round: operations per second, and seconds of the rest.

    These are the CPU time of server and client per operation, and each request's time.
    """

    rate: float
    cpu: float
    client_cpu: float
    latencies: list[list[float]]  # of the operation's first request, of its second, ...


class Result(NamedTuple):
    """Medians over the rounds.

    `ratio` is the CPU time by bare's in the same pair; `spread` its least and greatest.
    """

    rate: float
    cpu: float
    client_cpu: float
    ratio: float
    spread: tuple[float, float]
    p50: list[float]
    p99: list[float]


def load(
    server: Server, operation: Operation, clients: list[Client], seconds: float, *, rate: float = 0
) -> Round:
    """Run the operation on every client at once for so many seconds.

    It runs as fast as it can, or `rate` times per second in all.
    """
    latencies: list[list[float]] = [[] for _ in clients]
    counts = [0] * len(clients)
    failures: list[BaseException] = []
    stop = time.perf_counter() + seconds
    pause = len(clients) / rate if rate else 0

    def work(number: int) -> None:
        connection, person = clients[number]
        due = time.perf_counter() + pause * number / len(clients)
        try:
            while time.perf_counter() < stop:
                if pause:
                    time.sleep(max(0.0, due - time.perf_counter()))
                    due += pause
                operation.run(connection, person, latencies[number])
                counts[number] += 1
        except Exception as error:
            failures.append(error)

    cpu, own, begun = server.cpu(), time.process_time(), time.perf_counter()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed, done = time.perf_counter() - begun, max(1, sum(counts))
    if failures:
        raise failures[0]
    step = operation.requests
    every = [[each for times in latencies for each in times[first::step]] for first in range(step)]
    used, own_used = server.cpu() - cpu, time.process_time() - own
    return Round(done / elapsed, used / done, own_used / done, every)


def pairs(
    bare: Callable[[], Round],
    operation: Callable[[], Round],
    half_load: Callable[[float], Round],
    *,
    rounds: int,
) -> Result:
    """Measure bare and the operation in turns, then the times at half of the load."""
    measured = [(bare(), operation()) for _ in range(rounds)]
    ratios = [mine.cpu / floor.cpu if floor.cpu else 0.0 for floor, mine in measured]
    rate = statistics.median(mine.rate for _, mine in measured)
    times = half_load(rate / 2).latencies
    return Result(
        rate,
        statistics.median(mine.cpu for _, mine in measured),
        statistics.median(mine.client_cpu for _, mine in measured),
        statistics.median(ratios),
        (min(ratios), max(ratios)),
        [quantile(each, 0.5) for each in times],
        [quantile(each, 0.99) for each in times],
    )


def quantile(times: list[float], share: float) -> float:
    """Return the time that so large a share of them stays below."""
    return sorted(times)[int(len(times) * share)]
