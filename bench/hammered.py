"""Eight people who sign in by password, over and over, beside what is measured."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from bench import population
from bench.http11 import Connection
from bench.measure import Client
from bench.operations import PASSWORD, sign_out
from bench.servers import Server

PEOPLE = 8


@contextmanager
def hammered(server: Server) -> Iterator[list[int]]:
    """Let them hammer until the block ends; yield the statuses that they have got."""
    statuses: list[int] = []
    stop = threading.Event()
    people = [population.join(server.base, passkeys=0) for _ in range(PEOPLE)]
    with ThreadPoolExecutor(PEOPLE) as pool:
        hammers = [pool.submit(_hammer, server, each, stop, statuses) for each in people]
        try:
            yield statuses
        finally:
            stop.set()
        for each in hammers:
            each.result()  # raises what went wrong there


def _hammer(server: Server, client: Client, stop: threading.Event, statuses: list[int]) -> None:
    connection, person = client
    body = json.dumps({"username": person.username, "password": PASSWORD}).encode()
    while not stop.is_set():
        sign_out(connection)
        status = connection.ask("POST", "/api/auth/login", body).status
        statuses.append(status)
        if status == 503:  # such an answer ends the connection
            connection.close()
            cookies = connection.cookies
            connection = Connection(server.base)
            connection.cookies = cookies
        elif status not in (200, 429):
            raise RuntimeError(f"a password sign-in got {status}")
        if status != 200:
            stop.wait(1)  # what Retry-After says at the least
    connection.close()
