"""What a connection to PostgreSQL is made with. Only imported where psycopg is."""

import os
from typing import Any, NamedTuple

from psycopg.conninfo import conninfo_to_dict

# How libpq handles a silent server, in seconds and the last in milliseconds.
_NETWORK: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}
# Sessions, challenges and counters are replaceable; durable() overrides this.
_SESSION = {"synchronous_commit": "off"}
_LIMITS = {
    "lock_timeout": "5s",
    "statement_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
}
# Whatever limits the role has, as behind a pooler: an upgrade may take minutes.
_NO_LIMITS = dict.fromkeys(_LIMITS, "0")


class Manner(NamedTuple):
    """How to connect: `limited` as requests do, or as upgrades and commands do."""

    limited: bool
    pooler: bool

    def parameters(self, url: str) -> dict[str, Any]:
        """Return what to connect with beside the URL, which has the last word.

        A pooler refuses to pass settings on; there, the role has them.
        """
        given = conninfo_to_dict(url)
        ours = {name: value for name, value in _NETWORK.items() if name not in given}
        if "," in str(given.get("host", "")) and "connect_timeout" in ours:
            ours["connect_timeout"] = 2  # for each of the hosts
        if not self.pooler:
            settings = _SESSION | (_LIMITS if self.limited else _NO_LIMITS)
            own = str(given.get("options") or os.environ.get("PGOPTIONS", ""))
            ours["options"] = " ".join([*(f"-c {n}={v}" for n, v in settings.items()), own])
        return ours
