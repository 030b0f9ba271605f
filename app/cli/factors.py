"""flask user show, link and reset-mfa: somebody's factors, and the way back."""

from typing import Any

import click

from app.cli import commands, output
from app.cli.users import user as user
from app.core import administration, clock, passkeys
from app.core.mfa import overview, policy, recovery
from app.core.mfa.overview import Overview
from app.operations import address
from app.storage.records import PasskeyRecord, UserRecord
from app.web.context import service

_name = click.argument("name")
_MINUTES = recovery.LINK_LIFETIME // clock.MINUTE


@user.command("show")
@_name
@commands.as_json
def show(name: str, as_json: bool) -> None:
    """Show the account's factors and sessions, and what the policy means for it."""
    found = administration.find(name)
    facts = _facts(found, overview.of_user(found, service=service()))
    if as_json:
        output.print_json(facts)
    else:
        click.echo(output.listing(_lines(facts)))


def _facts(found: UserRecord, seen: Overview) -> dict[str, Any]:
    settings, had = service().settings, seen.factors
    since = {"since": output.moment(seen.totp_since), "readable": seen.totp_opens}
    return {
        "id": found.id,
        "username": found.username,
        "role": found.role,
        "created_at": output.moment(found.created_at),
        "disabled_at": output.moment(seen.disabled_at),
        "sessions": seen.sessions,
        "password": had.password,
        "passkeys": [_passkey(each) for each in seen.passkeys],
        "totp": since if seen.totp_since is not None else None,
        "recovery_codes": {"left": had.recovery_codes, "saved": had.saved_codes > 0},
        "always_asks": had.always_asks,
        "mfa_policy": settings.mfa_policy,
        "second_step": had.password and bool(policy.second_step_due(had, settings)),
        "means": " ".join(_meaning(seen)),
    }


def _passkey(record: PasskeyRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "usable": passkeys.is_usable(record, service().settings),
        "last_used_at": output.moment(record.last_used_at),
    }


def _meaning(seen: Overview) -> list[str]:
    """Return in sentences what the policy means for the person."""
    settings, had = service().settings, seen.factors
    if seen.disabled_at is not None:
        return ["The account is disabled: nothing signs in."]
    if not had.ways_in:
        return ["There is no way in but a recovery code or a link (flask user link)."]
    said = ["A passkey that checks its user signs in by itself."] if had.passkeys else []
    if policy.second_step_due(had, settings) and had.password:
        said.append("After the password a second step is asked for.")
    elif had.password and settings.mfa_policy == "required":
        said.append("The password serves to set up a second factor only, and decides who does.")
    elif had.password:
        said.append("The password signs in by itself.")
    if seen.totp_since is not None and not seen.totp_opens:
        fix = "use a passkey, a recovery code, or flask user reset-mfa"
        said.append(f"No code of the app works, as another secret key has sealed it; {fix}.")
    return said


def _lines(facts: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the facts as people read them."""
    codes, app = facts["recovery_codes"], facts["totp"]
    saved = "saved" if codes["saved"] else "not confirmed as saved"
    since = app and f"since {app['since']}" + ("" if app["readable"] else ", not readable")
    plain = ("id", "username", "role", "created_at", "disabled_at", "sessions", "password")
    return [
        *((name.replace("_", " "), facts[name]) for name in plain),
        *(("passkey", _in_words(each)) for each in facts["passkeys"]),
        ("authenticator app", since),
        ("recovery codes", f"{codes['left']} left, {saved}" if codes["left"] else None),
        ("always asks", facts["always_asks"]),
        (f"policy {facts['mfa_policy']}", facts["means"]),
    ]


def _in_words(passkey: dict[str, Any]) -> str:
    state = "" if passkey["usable"] else ", not usable here"
    return f"{passkey['name']}, last used {passkey['last_used_at']}{state} ({passkey['id']})"


@user.command("link")
@_name
@commands.as_json
def link(name: str, as_json: bool) -> None:
    """Print a one-time link by which somebody who lost everything gets in again.

    It is shown only once, and replaces an older one.
    """
    found = administration.find(name)
    _print_link(found, recovery.make_link(found, context=commands.context()), as_json=as_json)


def _print_link(found: UserRecord, token: str, *, as_json: bool) -> None:
    url = _url(token)
    facts = {"id": found.id, "username": found.username, "link": url, "minutes": _MINUTES}
    output.say(url, facts, as_json=as_json)
    if not as_json:
        click.echo(_purpose(found), err=True)


def _url(token: str) -> str:
    return address.link(f"/link#{token}", service().settings)


def _purpose(found: UserRecord) -> str:
    return (
        f"Whoever opens it first, within {_MINUTES} minutes, can set up a passkey, an authenticator"
        f" app or a password for {found.username}. Send it to nobody else."
    )


@user.command("reset-mfa")
@_name
@commands.yes
@commands.as_json
def reset_mfa(name: str, yes: bool, as_json: bool) -> None:
    """Remove passkeys, authenticator app and recovery codes; end all sessions.

    The API token is revoked. Where the account has no password, a one-time link is
    printed.
    """
    found = administration.find(name)
    what = "all passkeys, the authenticator app and the recovery codes"
    commands.confirm(f"Remove {what} of {found.username}, and end all sessions?", yes=yes)
    token = administration.reset_mfa(found, context=commands.context())
    url = token and _url(token)
    facts = {"id": found.id, "username": found.username, "link": url}
    output.say(f"Removed {what} of {found.username}.", facts, as_json=as_json)
    if url and not as_json:
        click.echo(f"{url}\n{_purpose(found)}")
    elif not url and not overview.of_user(found, service=service()).factors.ways_in:
        fix = "no password and is disabled; enable it, then make a link (flask user link)"
        click.echo(f"{found.username} has {fix}.", err=True)
