"""What the commands share: they upgrade the database first, and say in a sentence what went wrong."""

import sys
import warnings
from collections.abc import Callable
from functools import wraps
from getpass import GetPassWarning
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from app.core.caller import Caller
from app.core.service import Service
from app.errors import AppError
from app.operations.backups import BackupFailed
from app.storage import database

CALLER = Caller("command line", "")  # whom the audit events name

as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")
yes = click.option("--yes", is_flag=True, help="Do not ask.")


class Group(click.Group):
    """A group whose commands run inside the app, on a database that is up to date."""

    def command(  # type: ignore[override]  # always called, as in @group.command("name")
        self, *args: Any, upgrades: bool = True, **kwargs: Any
    ) -> Callable[..., Any]:
        """As click's; without `upgrades` the database is left as it is."""
        decorate = super().command(*args, **kwargs)
        return lambda function: decorate(careful(function, upgrades=upgrades))


def careful(function: Callable[..., Any], *, upgrades: bool = True) -> Callable[..., Any]:
    """Run a command inside the app; what goes wrong ends it with a sentence and exit code 1."""

    @with_appcontext
    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            database.disconnect()
            if upgrades:
                database.upgrade()
            return function(*args, **kwargs)
        except AppError as error:
            raise click.ClickException(str(error.sentence)) from error
        except BackupFailed as error:
            raise click.ClickException(str(error)) from error
        except (OSError, *database.Unreachable) as error:
            reason = str(error).strip().splitlines()[0]
            raise click.ClickException(f"The database cannot be used ({reason}).") from error

    return run


def service() -> Service:
    """Give the service that this app was made for."""
    made: Service = current_app.extensions["passline"]
    return made


def confirm(question: str, *, yes: bool) -> None:
    """Ask before what cannot be undone, unless told not to; "no" ends the command."""
    if not yes:
        click.confirm(question, abort=True, err=True)


def new_password(*, from_stdin: bool) -> str:
    """Read a password from a prompt that shows nothing, or the first line of standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)  # it could not switch the echo off
        try:
            return str(
                click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
            )
        except GetPassWarning as error:
            fault = "There is no terminal to ask for the password at: use --password-stdin."
            raise click.UsageError(fault) from error
