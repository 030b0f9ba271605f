"""flask doctor: check the installation."""

from dataclasses import fields
from typing import Any

import click

from app import settings as s
from app.cli import commands, output
from app.storage import database
from app.web.context import service


@click.command("doctor")
@commands.as_json
@lambda function: commands.careful(function, upgrades=False)
def doctor(as_json: bool) -> None:
    """Check settings, origins, database, passkeys, permissions, clock and versions.

    The exit code is 1 if there is a fault.
    """
    from app.operations import doctor, installation  # needed by this command only

    made = service()
    found = [each._asdict() for each in doctor.examine(made)]
    faults = sum(each["level"] == "fault" for each in found)
    driver = database.driver()
    libraries = [each._asdict() for each in installation.libraries(driver=driver)]
    if as_json:
        output.print_json(
            {
                "ok": not faults,
                "findings": found,
                "settings": _settings(made.settings),
                "versions": libraries,
            }
        )
    else:
        _print(found, _settings(made.settings), libraries)
        summary = f"{_count(faults, 'fault')}, {_count(_warnings(found), 'warning')}."
        click.echo("\n" + summary.capitalize())
    if faults:
        raise click.exceptions.Exit(1)


def _print(
    found: list[dict[str, Any]], settings: list[dict[str, Any]], libraries: list[dict[str, Any]]
) -> None:
    for part in (settings, libraries):
        click.echo(output.table(part) + "\n")
    for each in found:
        click.echo(f"{each['level'].upper():<8} {each['about']}: {each['words']}")


def _warnings(found: list[dict[str, Any]]) -> int:
    return sum(each["level"] == "warning" for each in found)


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _settings(settings: s.Settings) -> list[dict[str, Any]]:
    """List the settings with their origins; of secrets, only whether they are set."""
    rows = []
    for field in fields(settings):
        if not field.metadata["of"]:
            name = s.PREFIX + field.name.upper()
            value = getattr(settings, field.name)
            rows.append(
                {
                    "setting": name,
                    "value": _shown(value, secret=not field.repr),
                    "from": s.origin_of(name),
                }
            )
    return rows


def _shown(value: Any, *, secret: bool) -> str:
    if secret:
        return "none" if value is None else "(not shown)"
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return ",".join(f"{name[0]}={number}" for name, number in value._asdict().items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value) or "none"
