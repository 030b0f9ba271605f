"""flask user: accounts."""

from typing import Any

import click

from app.cli import commands, output
from app.core import administration
from app.core.accounts import ORDINARY, Newcomer
from app.core.administration import Account
from app.storage.records import UserRecord

user = commands.Group("user", help="Manage accounts.")

_name = click.argument("name")
_role = click.Choice(administration.ROLES, case_sensitive=False)
_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


@user.command("create")
@_name
@click.option(
    "--role",
    type=_role,
    default=ORDINARY,
    show_default=True,
    help="The first account is always a SUPERADMIN.",
)
@_stdin
@commands.as_json
def create(name: str, role: str, password_stdin: bool, as_json: bool) -> None:
    """Create an account."""
    newcomer = Newcomer(name, commands.new_password(from_stdin=password_stdin))
    made = administration.create(newcomer, role, context=commands.context())
    facts = {"id": made.id, "username": made.username, "role": made.role}
    output.say(
        f"Created {made.username}, a {made.role} with the id {made.id}.", facts, as_json=as_json
    )


@user.command("list")
@click.option("--search", default="", help="List only names that contain this.")
@click.option(
    "--limit",
    default=1000,
    show_default=True,
    type=click.IntRange(1),
    help="List at most this many.",
)
@commands.as_json
def list_users(search: str, limit: int, as_json: bool) -> None:
    """List the accounts, oldest first."""
    found = administration.every(search=search, most=limit)
    output.show([_row(each) for each in found], as_json=as_json, nothing="No accounts.")


def _row(account: Account) -> dict[str, Any]:
    times = {
        name: output.moment(getattr(account, name))
        for name in ("created_at", "last_seen_at", "disabled_at")
    }
    return account._asdict() | times


@user.command("passwd")
@_name
@_stdin
@commands.as_json
def passwd(name: str, password_stdin: bool, as_json: bool) -> None:
    """Set a new password. This ends all sessions of the account."""
    found = administration.find(name)
    password = commands.new_password(from_stdin=password_stdin)
    administration.set_password(found, password, context=commands.context())
    _done("Changed the password of", found, as_json=as_json)


@user.command("role")
@_name
@click.argument("role", type=_role)
@commands.as_json
def role(name: str, role: str, as_json: bool) -> None:
    """Change the role of the account."""
    found = administration.find(name)
    administration.set_role(found, role, context=commands.context())
    _done(f"Gave the role {role} to", found, as_json=as_json)


@user.command("disable")
@_name
@commands.as_json
def disable(name: str, as_json: bool) -> None:
    """End the sessions of the account and refuse its sign-ins. `enable` undoes this."""
    found = administration.find(name)
    administration.disable(found, context=commands.context())
    _done("Disabled", found, as_json=as_json)


@user.command("enable")
@_name
@commands.as_json
def enable(name: str, as_json: bool) -> None:
    """Let a disabled account sign in again."""
    found = administration.find(name)
    administration.enable(found, context=commands.context())
    _done("Enabled", found, as_json=as_json)


@user.command("delete")
@_name
@commands.yes
@commands.as_json
def delete(name: str, yes: bool, as_json: bool) -> None:
    """Delete the account with its passkeys and sessions."""
    found = administration.find(name)
    commands.confirm(f"Delete {found.username} with all passkeys and sessions, for good?", yes=yes)
    administration.delete(found, context=commands.context())
    _done("Deleted", found, as_json=as_json)


def _done(what: str, account: UserRecord, *, as_json: bool) -> None:
    facts = {"id": account.id, "username": account.username}
    output.say(f"{what} {account.username}.", facts, as_json=as_json)
