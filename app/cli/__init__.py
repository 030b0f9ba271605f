"""The `flask` commands: user, passkey, session, invite, keys, db, cleanup, doctor."""

import click
from flask import Flask

from app.cli import db, doctor, factors, invites, keys, passkeys, sessions


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    groups = (factors.user, passkeys.passkey, sessions.session, invites.invite, keys.keys, db.db)
    for command in (*groups, db.cleanup, doctor.doctor):
        app.cli.add_command(command)


def is_asked() -> bool:
    """Return whether `flask` loads the app to find a command in it, unlike `flask run`.

    Commands upgrade the database themselves (app/cli/commands.py), because some of them
    handle databases that are behind.
    """
    context = click.get_current_context(silent=True)
    return context is not None and isinstance(context.command, click.Group)
