"""Growing delays after failed attempts, counted in the database for all workers together.

An attempt is counted before it is judged, so that many at once cannot slip through, and taken back when it succeeds.
Only passwords and codes are throttled: a signature cannot be guessed, so a stranger's failures never keep a person
with a passkey out.
"""

import hashlib
import ipaddress
from typing import NamedTuple

from app.core import clock
from app.errors import Throttled
from app.storage import database
from app.storage.models import Failure

MEMORY = clock.DAY  # failures are forgotten after a day without another


class Limit(NamedTuple):
    """Failures under one key: so many are free, then the delay doubles from one second up to `longest` seconds."""

    key: bytes
    free: int
    longest: int

    def delay(self, count: int) -> int:
        """Give the milliseconds to wait after the `count`th failure."""
        if count <= self.free:
            return 0
        seconds = min(self.longest, 1 << min(count - self.free - 1, 30))
        return seconds * clock.SECOND

    def wait(self, row: Failure | None, now: int) -> int:
        """Give the milliseconds that are left; none where more are left than there were, since the clock went back."""
        left = max(0, row.blocked_until - now) if row is not None else 0
        return left if row is not None and left <= self.delay(row.count) else 0


def limits(*, account: str, address: str) -> list[Limit]:
    """Name what an attempt on `account` from `address` counts against.

    The account as a whole has a short longest delay: its owner shares it with whoever attacks from elsewhere.
    """
    subscriber = network(address)
    return [
        Limit(_key("account and network", account, subscriber), free=5, longest=900),
        Limit(_key("network", subscriber), free=30, longest=900),
        Limit(_key("account", account), free=100, longest=30),
    ]


def attempt(counted: list[Limit]) -> None:
    """Count an attempt as failed, in advance; raises `Throttled` when it comes too early, and then counts nothing."""
    now = clock.now()
    with database.transient():
        for limit in sorted(
            counted
        ):  # one order for all, or two attempts could wait for each other
            database.lock(limit.key.hex())
        rows = {
            bytes(row.key): row
            for row in Failure.select().where(Failure.key << [limit.key for limit in counted])
        }
        wait = max(limit.wait(rows.get(limit.key), now) for limit in counted)
        if not wait:
            for limit in counted:
                _count(limit, rows.get(limit.key), now)
    if wait:
        raise Throttled(-(-wait // clock.SECOND), reason="failures")


def _count(limit: Limit, row: Failure | None, now: int) -> None:
    count = row.count + 1 if row is not None and row.expires_at > now else 1
    values = {"count": count, "blocked_until": now + limit.delay(count), "expires_at": now + MEMORY}
    if row is None:
        Failure.insert(key=limit.key, **values).execute()
    else:
        Failure.update(**values).where(Failure.key == limit.key).execute()


def succeeded(counted: list[Limit]) -> None:
    """Take the attempt back: forget the account's failures, but not those of the network, which others share."""
    account_and_network, subscriber, account = counted
    with database.transient():
        Failure.delete().where(Failure.key << [account_and_network.key, account.key]).execute()
        Failure.update(count=Failure.count - 1, blocked_until=0).where(
            Failure.key == subscriber.key
        ).execute()


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


def network(address: str) -> str:
    """Give what one subscriber holds: the IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address  # a unix socket's peer has none
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
