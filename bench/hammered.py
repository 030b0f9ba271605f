"""Eight people who sign in by password, over and over, beside what is measured."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bench import population
from bench.measure import Client
from bench.operations import PASSWORD
from bench.servers import Server

PEOPLE = 8


@contextmanager
def hammered(server: Server) -> Iterator[list[int]]:
    """Let them hammer until the block ends; yield the statuses that they have got."""
    statuses: list[int] = []
    stop = threading.Event()
    people = [population.join(server.base, passkeys=0) for _ in range(PEOPLE)]
    arguments = [(server, client, stop, statuses) for client in people]
    threads = [threading.Thread(target=_hammer, args=each) for each in arguments]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _hammer(server: Server, client: Client, stop: threading.Event, statuses: list[int]) -> None:
    connection, person = client
    body = json.dumps({"username": person.username, "password": PASSWORD}).encode()
    while not stop.is_set():
        status = connection.ask("POST", "/api/auth/login", body).status
        statuses.append(status)
        if status == 503:
            connection = type(connection)(server.base)  # such an answer ends the connection
        elif status not in (200, 429):
            raise RuntimeError(f"a password sign-in got {status}")
        if status != 200:
            stop.wait(1)  # what Retry-After says at the least
