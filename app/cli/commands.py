"""What the commands share: what comes before them, and reporting errors."""

import sys
import warnings
from collections.abc import Callable
from functools import wraps
from getpass import GetPassWarning
from typing import Any

import click
from flask.cli import with_appcontext

from app.core.context import COMMAND_LINE, Caller, Context
from app.errors import AppError
from app.operations import secret_key
from app.operations.backups import BackupFailed
from app.settings import SettingsError
from app.storage import database
from app.web.context import service

_CALLER = Caller(COMMAND_LINE, "")  # named in audit events

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
yes = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


class Group(click.Group):
    """A group whose commands run in an app context, on an up-to-date database."""

    def command(  # type: ignore[override]  # only used as @group.command("name")
        self, *args: Any, upgrades: bool = True, unlocks: bool = True, **kwargs: Any
    ) -> Callable[..., Any]:
        """Add a command, as click does; the other options are those of `careful`."""
        decorate = super().command(*args, **kwargs)
        return lambda function: decorate(careful(function, upgrades=upgrades, unlocks=unlocks))


def careful(
    function: Callable[..., Any], *, upgrades: bool = True, unlocks: bool = True
) -> Callable[..., Any]:
    """Run a command in an app context; report errors as a sentence and exit code 1.

    Before it, the database is upgraded, and then the seal unlocked, unless the options
    say otherwise.
    """

    @with_appcontext
    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            database.disconnect()
            if upgrades:
                database.upgrade()
            if upgrades and unlocks:
                secret_key.unlock(service())
            return function(*args, **kwargs)
        except AppError as error:
            raise click.ClickException(str(error.sentence)) from error
        except SettingsError as error:
            raise click.ClickException(" ".join(error.faults)) from error
        except BackupFailed as error:
            raise click.ClickException(str(error)) from error
        except (OSError, *database.Unreachable) as error:
            reason = str(error).strip().splitlines()[0]
            raise click.ClickException(f"The database cannot be used ({reason}).") from error

    return run


def context() -> Context:
    """Return the context in which commands call the core."""
    return Context(service(), _CALLER)


def confirm(question: str, *, yes: bool) -> None:
    """Ask before an irreversible action, unless `yes` is set; "no" ends the command."""
    if not yes:
        click.confirm(question, abort=True, err=True)


def new_password(*, from_stdin: bool) -> str:
    """Read a password from a hidden prompt, or the first line of standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)  # if the echo stays on
        try:
            return str(
                click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
            )
        except GetPassWarning as error:
            fault = "There is no terminal to prompt for the password; use --password-stdin."
            raise click.UsageError(fault) from error
