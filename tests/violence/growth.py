"""Anonymous requests of every kind, from one network or from ever new ones."""

import contextlib
import http.client
import itertools
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from app.core import sign_in_attempts, throttle
from app.core.webauthn import challenges
from tests.edges import has
from tests.live import ROOT
from tests.ops.gunicorn import Running, environment
from tests.violence.rows import query
from tests.violence.workers import pids

# The most rows that strangers leave in each table that grows, once they are cleaned.
# The first account is made by one of them.
MOST = {
    "challenges": challenges.MOST_OF_ALL,
    "sign_ins": sign_in_attempts.MOST_OF_ALL,
    "failures": throttle.MOST_OF_ALL,
    **dict.fromkeys(("sessions", "devices", "users", "audit_events"), 1),
}
SETTINGS = {"RATE_LIMITS": "on", "TRUSTED_PROXIES": "127.0.0.1", "CLERK": "development"}
_GARBAGE = {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA"}}
_NEW = "a good enough password"


class Request(NamedTuple):
    """A request that needs nobody to be signed in."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = {}


def _waiting(number: int) -> str:
    """Return the cookies of a browser that would wait for its second step."""
    return f"passline_ceremony={number:043}; webauthn-challenge-id={number:043}"


# Each makes the request of a number, with all that a stranger chooses new each time.
Kind = Callable[[int], Request]
OUR_OWN: dict[str, Kind] = {
    "options": lambda _: Request("GET", "/account/api/sign-in/options"),
    "passkey": lambda _: Request("POST", "/account/api/sign-in/passkey", {"response": _GARBAGE}),
    "password": lambda n: Request(
        "POST", "/account/api/sign-in/password", {"username": f"nobody {n}", "password": "x" * 20}
    ),
    "registration": lambda n: Request(
        "POST", "/account/api/registration", {"username": f"n{n}", "password": _NEW, "code": f"{n}"}
    ),
    "setup": lambda n: Request(
        "POST", "/account/api/setup", {"username": f"n{n}", "password": _NEW, "code": f"{n}"}
    ),
    "second step": lambda n: Request(
        "POST", "/account/api/sign-in/second", {"code": f"{n:06}"}, {"Cookie": _waiting(n)}
    ),
    "second step's options": lambda n: Request(
        "GET", "/account/api/sign-in/second/options", None, {"Cookie": _waiting(n)}
    ),
    "recovery": lambda n: Request(
        "POST", "/account/api/recover", {"username": f"nobody {n}", "code": f"{n:024}"}
    ),
    "link": lambda n: Request("POST", "/account/api/link", {"token": f"{n:043}"}),
    "readiness": lambda _: Request("GET", "/readyz"),
    "docs": lambda n: Request("GET", "/docs/account", None, {"X-Forwarded-Prefix": f"/p{n}"}),
    "document": lambda n: Request(
        "GET", "/api/openapi.json", None, {"X-Forwarded-Prefix": f"/p{n}"}
    ),
    "unknown": lambda n: Request("GET", f"/unknown/{n}", None, {"User-Agent": f"agent {n}"}),
}
ZIPLINES: dict[str, Kind] = {
    "Zipline's options": lambda _: Request("GET", "/api/auth/webauthn/options"),
    "Zipline's passkey": lambda _: Request("POST", "/api/auth/webauthn", {"response": _GARBAGE}),
    "Zipline's password": lambda n: Request(
        "POST", "/api/auth/login", {"username": f"nobody {n}", "password": "x" * 20}
    ),
    "Zipline's second step": lambda n: Request(
        "POST", "/api/auth/login/second", {"code": f"{n:06}"}, {"Cookie": _waiting(n)}
    ),
    "Zipline's registration": lambda n: Request(
        "POST", "/api/auth/register", {"username": f"n{n}", "password": _NEW, "code": f"{n}"}
    ),
    "Zipline's setup": lambda n: Request(
        "POST", "/api/setup", {"username": f"n{n}", "password": _NEW}
    ),
}
CLERKS: dict[str, Kind] = {
    "Clerk's sign-in": lambda n: Request(
        "POST", "/v1/client/sign_ins", {"strategy": "passkey", "identifier": f"{n} " + "x" * 900}
    ),
    "Clerk's password": lambda n: Request(
        "POST", "/v1/client/sign_ins", {"identifier": f"nobody {n}", "password": "x" * 20}
    ),
    "Clerk's preparation": lambda n: Request(
        "POST", f"/v1/client/sign_ins/{n}/prepare_first_factor", {"strategy": "passkey"}
    ),
    "Clerk's attempt": lambda n: Request(
        "POST",
        f"/v1/client/sign_ins/{n}/attempt_first_factor",
        {"strategy": "passkey", "public_key_credential": json.dumps(_GARBAGE)},
    ),
    "Clerk's second factor": lambda n: Request(
        "POST",
        f"/v1/client/sign_ins/{n}/attempt_second_factor",
        {"strategy": "totp", "code": f"{n:06}"},
    ),
    "Clerk's preparation of it": lambda n: Request(
        "POST", f"/v1/client/sign_ins/{n}/prepare_second_factor", {"strategy": "passkey"}
    ),
    "Clerk's client": lambda _: Request("POST", "/v1/client"),
    "Clerk's browser": lambda _: Request("POST", "/v1/dev_browser"),
    "Clerk's sign-out": lambda _: Request("DELETE", "/v1/client"),
    "Clerk's sign-out of all": lambda _: Request("DELETE", "/v1/client/sessions"),
    "Clerk's environment": lambda _: Request("PATCH", "/v1/environment"),
    "Clerk's keys": lambda _: Request("GET", "/.well-known/jwks.json"),
}


def kinds() -> dict[str, Kind]:
    """Return the kinds of requests that this tree answers."""
    zipline, clerk = ZIPLINES if has("zipline") else {}, CLERKS if has("clerk") else {}
    return OUR_OWN | zipline | clerk


def network(number: int) -> str:
    """Return an address of a network that no other number has."""
    return f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"


def flood(
    port: int, kind: Kind, many: int, addresses: Iterator[str], *, at_once: int = 4
) -> Counter[int]:
    """Send so many requests over a few connections, and count the statuses."""
    numbers, mine = iter(range(many)), threading.Lock()

    def send(_: int) -> Counter[int]:
        statuses: Counter[int] = Counter()
        made = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with contextlib.closing(made) as connection:
            while True:
                with mine:
                    number, address = next(numbers, None), next(addresses)
                if number is None:
                    return statuses
                method, path, body, headers = kind(number)
                sent = headers | {"X-Forwarded-For": address}
                sent |= {"Content-Type": "application/json"} if body else {}
                connection.request(method, path, json.dumps(body) if body else None, sent)
                response = connection.getresponse()
                response.read()
                statuses[response.status] += 1

    with ThreadPoolExecutor(at_once) as pool:
        return sum(pool.map(send, range(at_once)), Counter())


def addresses(*, ever_new: bool) -> Iterator[str]:
    """Return the addresses that requests come from."""
    return map(network, itertools.count(1)) if ever_new else itertools.repeat("198.51.100.1")


def counted(url: str) -> dict[str, int]:
    """Return the number of rows of each table that grows."""
    return {table: query(url, f"SELECT count(*) FROM {table}")[0][0] for table in MOST}


def require_bounds(url: str) -> None:
    """Raise `AssertionError` if strangers have left more than they may."""
    beyond = {table: rows for table, rows in counted(url).items() if rows > MOST[table]}
    assert not beyond, f"too many rows are left: {beyond}"


def sizes(url: str) -> str:
    """Return the rows of the tables that grow, and the bytes of the database."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        total = sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*"))
    else:
        total = query(url, "SELECT pg_database_size(current_database())")[0][0]
    rows = ", ".join(f"{table} {count}" for table, count in counted(url).items() if count)
    return f"{rows or 'no rows'}; {total / 1e6:.1f} MB"


def memory(server: Running) -> str:
    """Return the proportional memory of the workers."""
    lines = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids(server)]
    kilobytes = sum(int(each.split("Pss:")[1].split()[0]) for each in lines)
    return f"{kilobytes / 1024:.0f} MB in the workers"


def cleaned(folder: Path, server: Running, **settings: Any) -> str:
    """Clean the database as housekeeping does each minute, and return what it said."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "cleanup"]
    env = environment(folder, server.port, **settings)
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def run(server: Running, url: str, many: int, *, ever_new: bool) -> Iterator[str]:
    """Send `many` requests of each kind, and tell what is left of them."""
    yield f"before: {sizes(url)}; {memory(server)}"
    for name, kind in kinds().items():
        begun = time.monotonic()
        statuses = flood(server.port, kind, many, addresses(ever_new=ever_new))
        answered = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
        took = time.monotonic() - begun
        yield f"  {name} ({took:.0f} s): {answered}; {sizes(url)}; {memory(server)}"
