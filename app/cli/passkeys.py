"""flask passkey: people's passkeys."""

from typing import Any

import click

from app.cli import commands, output
from app.core import administration, passkeys
from app.core.mfa.errors import LastSecondFactor, LastWayIn
from app.core.webauthn import authenticators
from app.storage.records import PasskeyRecord
from app.web.context import service

passkey = commands.Group("passkey", help="Manage people's passkeys.")


@passkey.command("list")
@click.argument("name")
@commands.as_json
def list_passkeys(name: str, as_json: bool) -> None:
    """List the passkeys of the account, oldest first."""
    rows = [_row(each) for each in passkeys.of_user(administration.find(name).id)]
    output.show(rows, as_json=as_json, nothing="No passkeys.")


def _row(record: PasskeyRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "authenticator": authenticators.name_of(record.aaguid),
        "synced": bool(record.backed_up),
        "rp_id": record.rp_id,
        "usable": passkeys.is_usable(record, service().settings),
        "created_at": output.moment(record.created_at),
        "last_used_at": output.moment(record.last_used_at),
    }


@passkey.command("delete")
@click.argument("name")
@click.argument("passkey_id")
@click.option("--force", is_flag=True, help="Even if it is the last way in.")
@commands.yes
@commands.as_json
def delete(name: str, passkey_id: str, force: bool, yes: bool, as_json: bool) -> None:
    """Delete a passkey of the account, by its id from the list.

    The last way in stays without --force, and so does the last second factor where
    the policy requires one.
    """
    found = administration.find(name)
    commands.confirm(f"Delete this passkey of {found.username} for good?", yes=yes)
    try:
        _, ended = passkeys.delete(found, passkey_id, forced=force, context=commands.context())
    except (LastWayIn, LastSecondFactor) as error:
        raise click.ClickException(f"{error.sentence} --force deletes it all the same.") from error
    sentence = f"Deleted the passkey of {found.username}, and ended {ended} of its sessions."
    output.say(sentence, {"id": passkey_id, "ended_sessions": ended}, as_json=as_json)
