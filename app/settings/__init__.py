"""Passline's settings: one frozen object, read from the environment and checked."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from environs import FileAwareEnv

from app.settings import origins as o
from app.settings import validators as v
from app.settings import words as w
from app.settings.hash_file import hash_file
from app.settings.relations import relate
from app.settings.validators import PREFIX as PREFIX
from app.settings.validators import Argon2Parameters as Argon2Parameters
from app.settings.validators import MetricsGuard as MetricsGuard

Value = TypeVar("Value")
log = logging.getLogger("passline")


class SettingsError(Exception):
    """All faults in the settings, as "NAME: what is wrong; what to do." No secrets."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = list(dict.fromkeys(faults))
        count = len({fault.partition(":")[0] for fault in self.faults})
        what = "1 setting needs fixing" if count == 1 else f"{count} settings need fixing"
        super().__init__("\n  ".join([f"Passline cannot start: {what}.", *self.faults]))


def _setting(
    default: str | None,
    parse: Callable[..., Value],
    *,
    of: str = "",
    shown: bool = True,
    **rules: Any,
) -> Value:
    # A default is text, as in the environment; None stays None, or relate() derives it.
    metadata = {"default": default, "parse": partial(parse, **rules), "of": of}
    value: Value = field(metadata=metadata, repr=shown)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings: `rp_id` is PASSLINE_RP_ID, or the content of PASSLINE_RP_ID_FILE.

    Durations are in seconds. `origins` are all accepted ones, `related_origins` last.
    """

    rp_id: str = _setting("localhost", o.domain)
    rp_name: str = _setting("Passline", v.display_name)
    origins: tuple[str, ...] = _setting(None, v.each, item=o.origin)
    related_origins: tuple[str, ...] = _setting("", v.each, item=o.related_origin)
    top_origins: tuple[str, ...] = _setting("", v.each, item=o.web_origin)
    data_dir: Path = _setting("data", lambda text: Path(text).absolute())
    database_url: str = _setting(None, v.database_url, shown=False)
    database_pooler: bool = _setting("off", v.switch)
    database_direct_url: str | None = _setting(None, v.postgresql_url, shown=False)
    secret_key: str | None = _setting(None, v.secret, shown=False)
    registration: w.Registration = _setting("closed", v.one_of, words=w.Registration)
    passkeys_enabled: bool = _setting("true", v.switch)
    user_verification: w.UserVerification = _setting("required", v.one_of, words=w.UserVerification)
    mfa_policy: w.MfaPolicy = _setting("optional", v.one_of, words=w.MfaPolicy)
    step_up_age: int = _setting(
        "10m", v.duration, low=1, high=86400, or_zero=True, example="10m, or 0 for never"
    )
    challenge_ttl: int = _setting("300", v.whole, low=30, high=3600, unit="seconds", example="300")
    session_lifetime: int = _setting("14d", v.duration, low=300, example="14d")
    session_idle: int = _setting("0", v.duration, low=60, or_zero=True, example="12h, or 0 for off")
    max_passkeys_per_user: int = _setting(
        "50", v.whole, low=1, high=500, unit="passkeys", example="50"
    )
    trusted_proxies: tuple[v.Network, ...] = _setting("", v.each, item=v.network, apart_from="unix")
    trust_unix_socket: bool = _setting("", v.names_unix_socket, of="TRUSTED_PROXIES")
    url_prefix: str = _setting("", v.url_prefix)
    cors_origins: tuple[str, ...] = _setting("", v.each, item=o.web_origin)
    cookie_domain: str | None = _setting(None, o.domain)
    rate_limits: bool = _setting("on", v.switch)
    limits_url: str = _setting("memory://", v.limits_url, shown=False)
    audit_retention: int = _setting(
        "400d", v.duration, low=86400, high=3650 * 86400, or_zero=True, example="400d, or 0"
    )
    clerk: w.Clerk = _setting("on", v.one_of, words=w.Clerk)
    argon2: Argon2Parameters = _setting("m=19456,t=2,p=1", v.argon2)
    password_blocklist: Path | None = _setting(None, hash_file)
    log_level: w.LogLevel = _setting("info", v.one_of, words=w.LogLevel)
    log_format: w.LogFormat = _setting("text", v.one_of, words=w.LogFormat)
    log_requests: bool = _setting("off", v.switch)
    metrics: MetricsGuard | None = _setting("off", v.metrics_guard, shown=False)
    allow_stranded_passkeys: bool = _setting("false", v.switch)

    @classmethod
    def from_environment(cls) -> Settings:
        """Read os.environ, with "" as unset. Raises `SettingsError` with all faults."""
        _warn_of_unknown_names()
        values, faults = _parse()
        faults += relate(values)
        if faults:
            raise SettingsError(faults)
        return cls(**values)

    @property
    def is_local(self) -> bool:
        """Whether the service is for browsers on this machine only."""
        return o.is_local(self.rp_id)

    @property
    def web_origin(self) -> str:
        """The first origin of web pages; an Android app alone needs none listed."""
        pages = (origin for origin in self.origins if origin.startswith("http"))
        return next(pages, f"https://{self.rp_id}")

    @property
    def secure_cookies(self) -> bool:
        """Whether every accepted web origin is https, and thus every cookie Secure."""
        return not any(origin.startswith("http:") for origin in self.origins)

    def is_secure(self, scheme: str, host: str) -> bool:
        """Return whether a page is https in the browser, by what a request says.

        Behind a proxy that is not trusted all requests seem to be http. Where both
        kinds of origins are accepted, `host` (with a port) then has to be that of an
        http one, or the page counts as https.
        """
        if scheme == "https" or self.secure_cookies:
            return True
        some_are_https = any(origin.startswith("https:") for origin in self.origins)
        return some_are_https and f"http://{host.lower()}" not in self.origins


_ENTRIES = tuple(
    (PREFIX + (entry.metadata["of"] or entry.name.upper()), entry) for entry in fields(Settings)
)
# The default of each variable, as text; None: nothing, or derived from other settings.
DEFAULTS: Mapping[str, str | None] = MappingProxyType(
    {n: entry.metadata["default"] for n, entry in _ENTRIES}
)
NAMES: tuple[str, ...] = tuple(DEFAULTS)
_OF_THE_SERVER = ("BIND",)  # read by app/serving/config.py, before there are settings


def origin_of(name: str) -> str:
    """Return the source of a setting: "default", "environment" or a file's path."""
    if os.environ.get(name):
        return "environment"
    return os.environ.get(f"{name}_FILE") or "default"


def _warn_of_unknown_names() -> None:
    stems = [name.removeprefix(PREFIX) for name in NAMES]
    for name in sorted(name for name in os.environ if name.startswith(PREFIX)):
        stem, ending = name.removeprefix(PREFIX), "_FILE" if name.endswith("_FILE") else ""
        if stem.removesuffix(ending) not in stems and stem not in _OF_THE_SERVER:
            nearest = get_close_matches(stem.removesuffix(ending), stems, n=1)
            fix = f"; did you mean {PREFIX}{nearest[0]}{ending}?" if nearest else "."
            log.warning("%s is not a setting%s", name, fix)


def _read(env: FileAwareEnv, name: str) -> str:
    path = os.environ.get(f"{name}_FILE")
    if path and os.environ.get(name):
        raise ValueError(f"{name}_FILE is set as well; keep one of the two.")
    try:
        text: str = env.str(name, "")
    except (OSError, ValueError):
        # Neither path nor cause is shown: the variable may hold the secret itself.
        raise ValueError(
            f"{name}_FILE does not name a readable text file; correct the path."
        ) from None
    if path and not text:
        raise ValueError(
            f"the file that {name}_FILE names is empty; fill it, or unset {name}_FILE."
        )
    return text


def _parse() -> tuple[dict[str, Any], list[str]]:
    env = FileAwareEnv(strip_whitespace=True)
    values: dict[str, Any] = {}
    faults: list[str] = []
    for name, entry in _ENTRIES:
        try:
            text = _read(env, name) or entry.metadata["default"]
            values[entry.name] = None if text is None else entry.metadata["parse"](text)
        except ValueError as error:
            faults.extend(f"{name}: {sentence}" for sentence in error.args)
    return values, faults
