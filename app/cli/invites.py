"""flask invite: codes that let people register."""

import click

from app.cli import commands, output
from app.core import clock, invites
from app.operations import address
from app.web.context import service

invite = commands.Group("invite", help="Manage invite codes, for PASSLINE_REGISTRATION=invite.")


@invite.command("create")
@click.option(
    "--uses",
    default=1,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="How many people may register with it.",
)
@click.option(
    "--days",
    default=7,
    show_default=True,
    type=click.IntRange(1, 3650),
    help="Days until it expires.",
)
@commands.as_json
def create(uses: int, days: int, as_json: bool) -> None:
    """Print a new invite code. It is shown only once."""
    code, settings = (
        invites.create(max_uses=uses, days=days, context=commands.context()),
        service().settings,
    )
    link = address.link(f"/register?invite={code}", settings)
    output.say(code, {"code": code, "link": link, "max_uses": uses, "days": days}, as_json=as_json)
    if not as_json:
        click.echo(f"Anyone who opens {link} can register, for {days} days.", err=True)
    if settings.registration != "invite":
        click.echo("The code only works while PASSLINE_REGISTRATION is invite.", err=True)


@invite.command("list")
@commands.as_json
def list_invites(as_json: bool) -> None:
    """List the invites, oldest first. Their codes are not stored."""
    now = clock.now()
    rows = [
        {
            "id": each.id,
            "uses": each.uses,
            "max_uses": each.max_uses,
            "valid": each.uses < each.max_uses and each.expires_at > now,
            "created_at": output.moment(each.created_at),
            "expires_at": output.moment(each.expires_at),
        }
        for each in invites.every()
    ]
    output.show(rows, as_json=as_json, nothing="No invites.")


@invite.command("revoke")
@click.argument("invite_id")
@commands.as_json
def revoke(invite_id: str, as_json: bool) -> None:
    """Delete an invite by its id from the list. Its code is refused from now on."""
    invites.revoke(invite_id, context=commands.context())
    output.say("Deleted the invite.", {"id": invite_id}, as_json=as_json)
