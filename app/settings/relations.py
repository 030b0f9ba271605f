"""Settings that follow from others, and settings that contradict each other."""

from collections.abc import Iterator
from typing import Any

from app.settings.origins import host_of
from app.settings.validators import PREFIX, quoted


def relate(values: dict[str, Any]) -> list[str]:
    """Derive settings from others, and return contradictions, ignoring faulty ones."""
    if values.get("database_url", "") is None and "data_dir" in values:
        values["database_url"] = f"sqlite:///{values['data_dir']}/passline.db"
    related = {"rp_id", "origins", "related_origins"} <= values.keys()
    faults = list(_relate_origins(values)) if related else []
    faults += _relate_database(values)
    idle, lifetime = values.get("session_idle"), values.get("session_lifetime")
    if idle and lifetime and idle > lifetime:
        fix = "give a shorter time, or 0 for off"
        faults.append(
            f"{PREFIX}SESSION_IDLE: {idle} s is longer than a session lasts, {lifetime} s; {fix}."
        )
    return faults


def _relate_database(values: dict[str, Any]) -> Iterator[str]:
    is_file = str(values.get("database_url")).startswith("sqlite")
    if values.get("database_pooler") and is_file:
        yield f"{PREFIX}DATABASE_POOLER: SQLite has no pooler; unset it, or correct the URL."
    elif values.get("database_pooler") and values.get("database_direct_url", "") is None:
        fix = "set it to the URL of the server itself, which upgrades and commands need"
        yield f"{PREFIX}DATABASE_DIRECT_URL: it is missing beside the pooler; {fix}."


def _relate_origins(values: dict[str, Any]) -> Iterator[str]:
    rp_id, related, cookie_domain = (
        values["rp_id"],
        values["related_origins"],
        values.get("cookie_domain"),
    )
    own = values["origins"] or (
        ("http://localhost:8000",) if rp_id == "localhost" else (f"https://{rp_id}",)
    )
    values["origins"] = tuple(dict.fromkeys((*own, *related)))
    hosts = {origin: host_of(origin) for origin in own if origin not in related}
    for origin, host in hosts.items():
        if host and not _is_within(host, rp_id):
            wrong = f"{quoted(origin)} is outside {PREFIX}RP_ID, {quoted(rp_id)}"
            fix = f"use an origin of that domain, or list it in {PREFIX}RELATED_ORIGINS too"
            yield f"{PREFIX}ORIGINS: {wrong}; {fix}."
        elif host and cookie_domain and not _is_within(host, cookie_domain):
            wrong = f"{quoted(origin)} is outside {quoted(cookie_domain)}"
            fix = "use a domain that every origin is in, or leave it unset"
            yield f"{PREFIX}COOKIE_DOMAIN: {wrong}; {fix}."


def _is_within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
