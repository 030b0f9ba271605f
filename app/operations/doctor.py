"""The checks of `flask doctor`. Each yields findings, and changes nothing."""

import os
import time
from collections.abc import Iterator

from peewee import fn

from app.core import clock
from app.core.context import Service
from app.operations import installation, nodes, rp_id_change, second_factors, secret_key
from app.operations.finding import Finding, people
from app.settings import PREFIX, Settings, SettingsError
from app.settings.origins import host_of
from app.storage import database
from app.storage.models import AuditEvent

_LABELS = 5  # labels of related origins that browsers have to honour (5.11.1)
_NEVER_BEFORE = 1_767_225_600_000  # 2026-01-01; a clock that shows less was never set


def examine(service: Service) -> list[Finding]:
    """Run every check; those that need the database run only if it answers."""
    settings = service.settings
    found = [*_settings(settings), *_origins(settings)]
    try:
        found += _database()
        if not database.pending():
            found += [*_passkeys(settings), *second_factors.examine(settings)]
            found += [*nodes.examine(settings), *_secret_key(settings)]
        found += _clock()
    except (OSError, *database.Unreachable) as error:
        reason = str(error).strip().splitlines()[0]
        found.append(Finding("fault", "database", f"It cannot be used ({reason})."))
    return [*found, *_permissions(settings), *_versions()]


def _permissions(settings: Settings) -> Iterator[Finding]:
    open_to_others = installation.open_to_others(settings, file=database.file())
    yield from (Finding("warning", "permissions", words) for words in open_to_others)
    if not open_to_others:
        yield Finding("ok", "permissions", "No one else may read the data.")


def _versions() -> Iterator[Finding]:
    libraries = installation.libraries(driver=database.driver())
    outdated = installation.outdated(libraries)
    yield from (Finding("fault", "versions", words) for words in outdated)
    if not libraries or installation.is_stale():
        words = "They cannot be checked; install Passline with pip, or start it with make run."
        yield Finding("warning", "versions", words)
    elif not outdated:
        yield Finding("ok", "versions", "Python and all libraries have versions that we test.")


def _settings(settings: Settings) -> Iterator[Finding]:
    if _is_behind_a_proxy(settings) and not (
        settings.trusted_proxies or settings.trust_unix_socket
    ):
        fix = f"set {PREFIX}TRUSTED_PROXIES, or all visitors share one address and its limits"
        yield Finding(
            "warning", "settings", f"The origins are https and no proxy is trusted; {fix}."
        )
    if not settings.rate_limits:
        yield Finding(
            "warning", "settings", f"{PREFIX}RATE_LIMITS is off, which is for load tests."
        )
    if settings.allow_stranded_passkeys:
        yield Finding(
            "warning", "settings", f"{PREFIX}ALLOW_STRANDED_PASSKEYS is still on; unset it."
        )
    if settings.registration == "open":
        yield Finding("warning", "settings", "Anyone may register.")
    yield Finding("ok", "settings", "Every value is valid, and none contradicts another.")


def _is_behind_a_proxy(settings: Settings) -> bool:
    """Return whether people see https, but the server listens on loopback only.

    Passline itself speaks http, so there must be a proxy.
    """
    bind = os.environ.get(f"{PREFIX}BIND", "127.0.0.1")
    loopback = bind.startswith(("127.", "localhost", "[::1]", "unix:"))
    return loopback and all(
        origin.startswith(("https:", "android:")) for origin in settings.origins
    )


def _origins(settings: Settings) -> Iterator[Finding]:
    plain = [origin for origin in settings.origins if origin.startswith("http:")]
    if plain:
        words = "other machines' browsers offer no passkeys there, and its cookies are not Secure."
        yield Finding("warning", "origins", f"{', '.join(plain)}: {words}")
    labels = {host_of(origin) for origin in settings.related_origins}
    if len(labels) > _LABELS:
        yield Finding(
            "warning",
            "origins",
            f"{len(labels)} related hosts; browsers need to honour {_LABELS} only.",
        )
    pages = ", ".join(settings.origins)
    yield Finding("ok", "origins", f"The RP id {settings.rp_id} fits the origins: {pages}.")


def _database() -> Iterator[Finding]:
    rows = database.migrations()
    lacking = [each.name for each in rows if not each.applied]
    newer = [each.name for each in rows if each.path is None]
    if lacking:
        yield Finding("fault", "database", f"It lacks {', '.join(lacking)}; run: flask db upgrade")
    if newer:
        yield Finding(
            "fault",
            "database",
            f"A newer Passline upgraded it ({newer[-1]}); install that version.",
        )
    if not lacking and not newer:
        yield Finding("ok", "database", f"It answers and is up to date ({rows[-1].name}).")
    database.probe_writing()
    yield Finding("ok", "database", "It can be written.")


def _passkeys(settings: Settings) -> Iterator[Finding]:
    found = rp_id_change.find(settings.rp_id)
    if not found.passkeys:
        yield Finding("ok", "passkeys", f"All are bound to {settings.rp_id}.")
        return
    words = f"{found.passkeys} cannot sign in: they are bound to {', '.join(found.rp_ids[:5])}"
    if found.people:
        who = people(found.people, "has", "have")
        yield Finding("fault", "passkeys", f"{words}, and {who} no other way in.")
    else:
        yield Finding(
            "warning", "passkeys", f"{words}; their owners can use a password or another passkey."
        )


def _secret_key(settings: Settings) -> Iterator[Finding]:
    try:
        faults = list(filter(None, [secret_key.fault(settings)]))
    except SettingsError as error:
        faults = error.faults
    yield from (Finding("fault", "secret key", words) for words in faults)
    if not faults:
        yield Finding("ok", "secret key", "It is the one that the database is used with.")
        yield from second_factors.examine_seals(settings)


def _clock() -> Iterator[Finding]:
    begun, begun_steady = clock.now(), time.monotonic()
    time.sleep(0.05)
    ahead = abs((clock.now() - begun) / 1000 - (time.monotonic() - begun_steady))
    before, there = clock.now(), database.clock()
    apart = 0 if there is None else max(0, before - there, there - clock.now())
    newest = AuditEvent.select(fn.MAX(AuditEvent.at)).scalar() if not database.pending() else None
    if clock.now() < _NEVER_BEFORE:
        yield Finding("fault", "clock", "It is years behind; set it, and keep it right with NTP.")
    elif ahead > 1:
        yield Finding("warning", "clock", "It was set while this command was running.")
    elif newest is not None and newest > clock.now() + clock.MINUTE:
        yield Finding(
            "warning", "clock", "It is behind the newest event in the database: it was set back."
        )
    elif apart > 2 * clock.SECOND:
        yield Finding(
            "warning",
            "clock",
            f"It differs from the database server's by {apart / 1000:.0f} seconds.",
        )
    else:
        yield Finding("ok", "clock", "It runs evenly and agrees with the database.")
