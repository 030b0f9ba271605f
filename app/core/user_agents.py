"""The names of browsers and devices, from User-Agent headers."""

from functools import lru_cache


@lru_cache(maxsize=1000)
def describe(user_agent: str) -> tuple[str, str]:
    """Return program and device of a User-Agent, as ("Firefox 130", "Mac OS X")."""
    from ua_parser import parse  # its tables take 0.2 s to load

    parsed = parse(user_agent)
    client, os, device = parsed.user_agent, parsed.os, parsed.device
    program = " ".join(filter(None, (client.family, client.major))) if client else "Unknown"
    named = device and not device.family.startswith(("Other", "Mac", "Generic"))
    model = device.family if device and named else None
    return program, model or (os.family if os else "Unknown")
