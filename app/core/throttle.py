"""Growing delays after failed attempts, counted in the database for all workers.

An attempt is counted before it is judged, so that concurrent ones cannot slip through,
and taken back if it succeeds. Only passwords and codes are throttled: a signature
cannot be guessed, so the failures of strangers never lock out a user with a passkey.
"""

import hashlib
import ipaddress
from typing import Any, NamedTuple

from app.core import clock
from app.errors import Throttled
from app.storage import database
from app.storage.models import Failure

_APART = 5 * clock.SECOND  # by which the clocks of two nodes may differ
# Beyond it, housekeeping deletes what has been counted least recently. Each attempt
# writes up to three rows, and costs a password's hash.
MOST_OF_ALL = 200_000


class Limit(NamedTuple):
    """Failures under one key, forgotten after `memory` milliseconds without another.

    After `free` of them the delay doubles, from one second up to `longest` seconds.
    Nobody's success forgets `shared` ones, which may be others'.
    """

    key: bytes
    free: int
    longest: int
    memory: int = clock.DAY
    shared: bool = False

    def delay(self, count: int) -> int:
        """Return the milliseconds to wait after the `count`th failure."""
        if count <= self.free:
            return 0
        seconds = min(self.longest, 1 << min(count - self.free - 1, 30))
        return seconds * clock.SECOND

    def wait(self, row: Failure | None, now: int) -> int:
        """Return the milliseconds that are left to wait.

        None are left if they exceed the whole delay by more than nodes' clocks differ:
        then the clock went back.
        """
        delay = self.delay(row.count) if row is not None else 0
        left = max(0, row.blocked_until - now) if row is not None and delay else 0
        return left if left <= delay + _APART else 0


def limits(*, account: str, address: str) -> list[Limit]:
    """Return the limits that an attempt on `account` from `address` counts against.

    The longest delay of the account as a whole is short, because its owner shares it
    with attackers from other networks.
    """
    subscriber = network(address)
    return [
        Limit(key("account and network", account, subscriber), free=5, longest=900),
        Limit(key("network", subscriber), free=30, longest=900, shared=True),
        Limit(key("account", account), free=100, longest=30),
    ]


def attempt(counted: list[Limit], *, device: bytes | None = None) -> list[Limit]:
    """Count an attempt as failed, in advance, and return what success takes back.

    From a `device` that the account knows, ten attempts count against the device alone:
    strangers who fail on purpose cannot keep its owner out. The next count as anybody's
    do. Raises `Throttled` if one comes too early; then it is not counted.
    """
    now, own = clock.now(), [_of_device(device)] if device else []
    with database.transient():
        lock([*counted, *own])
        if any(_count_if_free(limit, now) for limit in own):
            return own
        wait = _count_unless_early(counted, now)
    if wait:
        raise Throttled(-(-wait // clock.SECOND), reason="failures")
    return [*counted, *own]


def _of_device(device: bytes) -> Limit:
    return Limit(key("device", device.hex()), free=10, longest=0, memory=60 * clock.MINUTE)


def _count_if_free(limit: Limit, now: int) -> bool:
    """Count the attempt if it is one of the free ones, and return whether it is."""
    row = Failure.get_or_none(Failure.key == limit.key)
    if row is not None and row.expires_at > now and row.count >= limit.free:
        return False
    count(limit, row, now)
    return True


def _count_unless_early(counted: list[Limit], now: int) -> int:
    """Count the attempt, or return the milliseconds for which it comes too early."""
    rows = {
        bytes(row.key): row
        for row in Failure.select().where(Failure.key << [limit.key for limit in counted])
    }
    wait = max(limit.wait(rows.get(limit.key), now) for limit in counted)
    if not wait:
        for limit in counted:
            count(limit, rows.get(limit.key), now)
    return wait


def count(limit: Limit, row: Failure | None, now: int) -> None:
    """Count a failure under the limit, whose row is `row`."""
    failures = row.count + 1 if row is not None and row.expires_at > now else 1
    values = {
        Failure.count: failures,
        Failure.blocked_until: now + limit.delay(failures),
        Failure.expires_at: now + limit.memory,
    }
    # Housekeeping may have deleted the row meanwhile.
    query = Failure.insert({Failure.key: limit.key} | values)
    query.on_conflict(conflict_target=[Failure.key], update=values).execute()


def succeeded(counted: list[Limit]) -> None:
    """Take the attempt back, because it succeeded.

    The failures of the account or its device are forgotten, but not those of the
    network, which is shared.
    """
    with database.transient():
        lock(counted)
        forgotten = [limit.key for limit in counted if not limit.shared]
        Failure.delete().where(Failure.key << forgotten).execute()
        Failure.update(count=Failure.count - 1, blocked_until=0).where(
            Failure.key << [limit.key for limit in counted if limit.shared]
        ).execute()


def lock(limits: list[Limit]) -> None:
    """Lock the keys until the transaction ends, all at once and before their rows."""
    database.lock(*(limit.key.hex() for limit in limits))


def key(*parts: str) -> bytes:
    """Return the key under which something is counted; it identifies no one."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


def network(address: str) -> str:
    """Return a subscriber's network: the IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address  # the peer of a unix socket has none
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def expired(now: int) -> tuple[Any, Any]:
    """Return the table and the condition of what to delete."""
    return Failure, Failure.expires_at <= now
