"""Who makes a request, as far as the rules need to know."""

from typing import NamedTuple


class Caller(NamedTuple):
    """The peer's address (after trusted proxies) and the User-Agent it sent, at most 512 characters."""

    address: str
    user_agent: str
