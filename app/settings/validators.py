"""Parsers of settings, which raise ValueError with what is wrong and how to fix it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Hashable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, NamedTuple, TypeVar, get_args
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
Item = TypeVar("Item", bound=Hashable)

PREFIX = "PASSLINE_"  # of the variables

_SECONDS = {"m": 60, "h": 3600, "d": 86400}


class Argon2Parameters(NamedTuple):
    """The cost of one password hash: memory in KiB, passes, lanes."""

    memory_cost: int
    time_cost: int
    parallelism: int


class MetricsGuard(NamedTuple):
    """Who may read the metrics: holders of the token, or clients in the networks."""

    token: str
    networks: tuple[Network, ...]


def quoted(value: str) -> str:
    """Quote a value on one line, up to 80 characters, hiding a URL's credentials."""
    shown = re.sub(r"//.*@", "//***@", value, flags=re.DOTALL)
    shown = shown[:79] + "…" if len(shown) > 80 else shown
    return json.dumps(shown, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def fault(text: str, wrong: str, fix: str) -> ValueError:
    """Return the error for a value, with what is wrong and what to do."""
    return ValueError(f"{quoted(text)} {wrong}; {fix}.")


def display_name(text: str) -> str:
    """Parse a name: 1 to 64 characters, no control characters or broken bytes."""
    broken = any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text)
    if broken or not text.strip() or len(text) > 64:
        fix = "use 1 to 64 characters on one line, without control characters"
        raise fault(text, "is not a valid name", fix)
    return text


def network(text: str) -> Network:
    """Parse an IP address, or a network whose host bits are zero."""
    try:
        return ip_network(text)
    except ValueError:
        wrong = "is neither an IP address nor a network with zero host bits"
        fix = 'use for example "10.0.0.5", "10.0.0.0/8" or "unix"'
        raise fault(text, wrong, fix) from None


def each(text: str, *, item: Callable[[str], Item], apart_from: str = "") -> tuple[Item, ...]:
    """Parse a comma-separated list, dropping duplicates; report every faulty item."""
    items: list[Item] = []
    faults: list[str] = []
    for part in map(str.strip, text.split(",")):
        try:
            items += [item(part)] if part not in ("", apart_from) else []
        except ValueError as error:
            faults.extend(error.args)
    if faults:
        raise ValueError(*faults)
    return tuple(dict.fromkeys(items))


def names_unix_socket(text: str) -> bool:
    """Return whether a list of proxies contains the word "unix"."""
    return "unix" in each(text, item=str)


def one_of(text: str, *, words: Any) -> Any:
    """Parse one word of the Literal type `words`."""
    if text not in get_args(words):
        raise fault(text, "is unknown", f"use {' or '.join(map(quoted, get_args(words)))}")
    return text


def switch(text: str) -> bool:
    """Parse a switch: on, true, yes and 1, or off, false, no and 0."""
    if text.lower() not in ("on", "true", "yes", "1", "off", "false", "no", "0"):
        raise fault(text, "is neither on nor off", 'use "on" or "off"')
    return text.lower() in ("on", "true", "yes", "1")


def whole(text: str, *, low: int, high: int, unit: str, example: str) -> int:
    """Parse a whole number from `low` to `high`."""
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise fault(text, "is not a whole number", f"give {unit}, for example {example}")
    if not low <= int(text) <= high:
        raise fault(text, "is out of range", f"give {low} to {high} {unit}, for example {example}")
    return int(text)


def duration(
    text: str, *, low: int, high: int = 400 * 86400, example: str, or_zero: bool = False
) -> int:
    """Parse "90", "15m", "12h" or "14d" to seconds, from `low` to `high`."""
    if not re.fullmatch(r"[0-9]{1,12}[smhd]?", text):
        fix = f"give seconds, or a number with s, m, h or d, for example {example}"
        raise fault(text, "is not a duration", fix)
    seconds = int(text.rstrip("smhd")) * _SECONDS.get(text[-1], 1)
    if not low <= seconds <= high and not (or_zero and seconds == 0):
        fix = f"give {low} s to {high // 86400}d, for example {example}"
        raise fault(text, "is out of range", fix)
    return seconds


def database_url(text: str) -> str:
    """Parse a SQLite or PostgreSQL URL. The error hides it, with its password."""
    if not re.match(r"(sqlite:///|postgres(ql)?://)[^?#]", text):
        fix = "use sqlite:///path/to/file.db or postgresql://user:password@host:5432/name"
        wrong = "the value (not shown, it may hold a password) is not a database URL"
        raise ValueError(f"{wrong}; {fix}.")
    return re.sub(r"\Apostgres:", "postgresql:", text)


def postgresql_url(text: str) -> str:
    """Parse a URL of PostgreSQL. The error hides it, with its password."""
    url = database_url(text)
    if url.startswith("sqlite"):
        raise ValueError("the value (not shown) is not of PostgreSQL; unset it for SQLite.")
    return url


def limits_url(text: str) -> str:
    """Parse memory:// or the URL of a Redis. The error hides it, with its password."""
    try:
        parts = urlsplit(text)
        sound = parts.port is None or parts.port > 0
    except ValueError:
        sound = False
    server = r"rediss?://[^/?#\s]+(/[0-9]{0,4})?(\?[^#\s]*)?"
    if not sound or not re.fullmatch(
        rf"memory://|{server}|redis\+unix://[^?#\s]*/[^?#\s]+(\?[^#\s]*)?", text
    ):
        fix = 'use "memory://", redis://user:password@host:6379/0, rediss:// or redis+unix:///path'
        raise ValueError(f"the value (not shown, it may hold a password) is no such URL; {fix}.")
    return text


def secret(text: str) -> str:
    """Parse a secret: 32 characters or more, not a few repeated. The error hides it."""
    if len(text) < 32 or len(set(text)) < 5:
        fix = 'use what this prints: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        raise ValueError(f"the secret is too short or repetitive; {fix}.")
    return text


def argon2(text: str) -> Argon2Parameters:
    """Parse the cost of a hash in PHC form, "m=19456,t=2,p=1", with m in KiB."""
    match = re.fullmatch(r"m=([0-9]{1,9}),t=([0-9]{1,9}),p=([0-9]{1,9})", text)
    cost = Argon2Parameters(*map(int, match.groups())) if match else Argon2Parameters(0, 0, 0)
    m, t, p = cost
    if not (max(8, 8 * p) <= m <= 4194304 and 1 <= t <= 20 and 1 <= p <= 16):
        limits = "m 8 to 4194304 (KiB, at least 8 times p), t 1 to 20, p 1 to 16"
        raise fault(text, "is not an Argon2 cost", f'use {limits}, as in "m=19456,t=2,p=1"')
    return cost


def metrics_guard(text: str) -> MetricsGuard | None:
    """Parse a token of at least 16 characters, or networks; "off" gives None.

    The error hides a token.
    """
    if text.lower() in ("off", "false", "no", "0"):
        return None
    # Text that looks like addresses is never taken for a token.
    if re.fullmatch(r"[0-9A-Fa-f.:/, ]*[.:/,][0-9A-Fa-f.:/, ]*", text):
        return MetricsGuard("", each(text, item=network))
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]{16,256}=*", text):  # RFC 6750, 2.1
        either = "a token of 16 or more letters and digits, or networks"
        fix = f'use "off", {either} such as "127.0.0.1, 10.0.0.0/8"'
        raise ValueError(f"the value (not shown, it may be a token) is none of the three; {fix}.")
    return MetricsGuard(text, ())


def url_prefix(text: str) -> str:
    """Parse "", or a path of unreserved characters such as "/auth"."""
    if not re.fullmatch(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)*", text) or ".." in text:
        characters = 'letters, digits, "-", "_", "." and "~"'
        fix = f'start with "/", end without it, and use {characters}, for example "/auth"'
        raise fault(text, "is not a path prefix", fix)
    return text
