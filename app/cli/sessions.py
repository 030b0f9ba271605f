"""flask session: who is signed in."""

from typing import Any

import click

from app.cli import commands, output
from app.core import administration, session_ends, sessions
from app.storage.records import SessionRecord
from app.web.context import service

session = commands.Group("session", help="Manage sessions.")


@session.command("list")
@click.argument("name")
@click.option(
    "--limit",
    default=100,
    show_default=True,
    type=click.IntRange(1),
    help="List at most this many.",
)
@commands.as_json
def list_sessions(name: str, limit: int, as_json: bool) -> None:
    """List the sessions of the account, newest first."""
    user, settings = administration.find(name), service().settings
    rows = [_row(each) for each in sessions.of_user(user.id, most=limit, settings=settings)]
    output.show(rows, as_json=as_json, nothing="No sessions.")


def _row(record: SessionRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "client": record.client,
        "device": record.device,
        "methods": record.methods,
        "created_at": output.moment(record.created_at),
        "last_seen_at": output.moment(record.last_seen_at),
        "expires_at": output.moment(record.expires_at),
    }


@session.command("revoke")
@click.argument("name")
@click.argument("session_id", required=False)
@click.option("--all", "every", is_flag=True, help="End all sessions of the account.")
@commands.as_json
def revoke(name: str, session_id: str | None, every: bool, as_json: bool) -> None:
    """End a session of the account, by its id from the list, or all of them."""
    if every == (session_id is not None):
        raise click.UsageError("Pass the id of a session, or --all.")
    found = administration.find(name)
    if session_id is None:
        administration.end_sessions(found, context=commands.context())
    else:
        session_ends.end_one(found, session_id, current=None, context=commands.context())
    what = "all sessions" if every else "the session"
    output.say(
        f"Ended {what} of {found.username}.",
        {"username": found.username, "id": session_id},
        as_json=as_json,
    )
