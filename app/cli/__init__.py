"""The commands: flask user | passkey | session | invite | keys | db | cleanup | doctor."""

import click
from flask import Flask

from app.cli import db, doctor, invites, keys, passkeys, sessions, users


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    groups = (users.user, passkeys.passkey, sessions.session, invites.invite, keys.keys, db.db)
    for command in (*groups, db.cleanup, doctor.doctor):
        app.cli.add_command(command)


def is_asked() -> bool:
    """Say whether `flask` loads the app to find a command in it; for `flask run` and servers it does not.

    Such a command upgrades the database itself (app/cli/commands.py), for some are about databases that are behind.
    """
    context = click.get_current_context(silent=True)
    return context is not None and isinstance(context.command, click.Group)
