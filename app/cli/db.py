"""flask db: upgrade, status, backup, restore; flask cleanup."""

from pathlib import Path

import click

from app.cli import commands, output
from app.operations import backups, housekeeping
from app.storage import database
from app.web.context import service

db = commands.Group("db", help="Manage the database.")
_BACK = (
    "What was removed or replaced since the backup is back: passkeys, authenticator apps, used"
    " recovery codes, passwords and API tokens. Remove again what was lost or stolen, and disable"
    " again whom you have disabled."
)
_path = click.Path(dir_okay=False, path_type=Path)


@db.command("upgrade", upgrades=False)
@commands.as_json
def upgrade(as_json: bool) -> None:
    """Upgrade the database. Every start of the server does this too."""
    applied = database.upgrade()
    sentence = f"Applied: {', '.join(applied)}." if applied else "The database is up to date."
    output.say(sentence, {"applied": applied}, as_json=as_json)


@db.command("status", upgrades=False)
@commands.as_json
def status(as_json: bool) -> None:
    """List the applied and the missing upgrades, without changing anything."""
    rows = [
        {
            "name": each.name,
            "applied": str(each.applied)[:19] if each.applied else None,
            "known": each.path is not None,
        }
        for each in database.migrations()
    ]
    output.show(rows, as_json=as_json)
    if not as_json:
        lacking = sum(row["applied"] is None for row in rows)
        fix = f"The database lacks {lacking} of them; run: flask db upgrade"
        click.echo(fix if lacking else "The database is up to date.")


@db.command("backup", upgrades=False)
@click.argument("file", type=_path)
@click.option("--force", is_flag=True, help="Overwrite the file.")
@commands.as_json
def backup(file: Path, force: bool, as_json: bool) -> None:
    """Back up the SQLite database to FILE and check it. The server may be running."""
    _needs_sqlite(file, restore=False)
    size = backups.back_up(file, force=force)
    sentence = f"Wrote {file} ({size} bytes) and checked it. Keep a copy of the secret key too."
    output.say(sentence, {"file": str(file), "bytes": size}, as_json=as_json)


@db.command("restore", upgrades=False)
@click.argument("file", type=_path)
@commands.yes
@commands.as_json
def restore(file: Path, yes: bool, as_json: bool) -> None:
    """Replace the SQLite database with the backup FILE. The server must be stopped."""
    _needs_sqlite(file, restore=True)
    if not yes:
        raise click.ClickException(
            "This replaces all accounts and passkeys with those in the backup. Confirm with --yes."
        )
    backups.restore(file)
    sentence = f"Restored {file}. Everyone has to sign in again.\n{_BACK}"
    facts = {"file": str(file), "forgotten": list(backups.FORGOTTEN), "warning": _BACK}
    output.say(sentence, facts, as_json=as_json)


def _needs_sqlite(file: Path, *, restore: bool) -> None:
    if database.file() is None:
        settings = service().settings
        url = settings.database_direct_url or settings.database_url
        command = backups.own_tool(url, str(file), restore=restore)
        more = f"  {backups.own_forgetting(url)}\n\n{_BACK}\n" if restore else ""
        raise click.ClickException(
            f"PostgreSQL has its own tool for this; run:\n\n  {command}\n{more}"
        )


@click.command("cleanup")
@commands.as_json
@commands.careful
def cleanup(as_json: bool) -> None:
    """Delete expired rows. A running server does this by itself every minute."""
    gone = housekeeping.clean(audit_retention=service().settings.audit_retention)
    output.say(f"Deleted {gone} expired rows.", {"deleted": gone}, as_json=as_json)
